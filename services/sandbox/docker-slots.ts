import Docker from 'dockerode'
import { engineFailure, failure } from '../failure.ts'
import type { Channel } from './channel.ts'
import { DockerChannel } from './docker-channel.ts'
import { ownerIsGone, thisOwner, writeOwner } from '../../host/owner.ts'
import { containerOptions, verifyLockDown } from './container-options.ts'
import { FIRST_USER_ID, type SlotSource } from './slot-source.ts'
import type { Template } from './template.ts'

/** Names of this process's containers in use, from before their creation until their removal was asked for. */
const live = new Set<string>()
let created = 0
let pools = 0

const OWNER_LABEL = 'agent0.owner'
const SLOT_LABEL = 'agent0.sandbox'
/** Which of its owner's pools a slot is in. */
const POOL_LABEL = 'agent0.pool'
/** Blocks of user ids: one per pool of this machine, so that no two slots share a user. */
const USER_BLOCKS = 60
const USERS_PER_BLOCK = 64

export interface DockerSlotsOptions {
  engine?: Docker
  /** Tag or digest of the sandbox image. */
  image: string
  runId?: string
  /** Container runtime such as `runsc`; the engine's default otherwise. */
  runtime?: string
}

const FAILURES = { unreachable: 'Sandbox.EngineUnreachable', refused: 'Sandbox.SlotBootFailed' } as const

/** Slots as locked-down containers of a Docker engine, one guest as PID 1 in each. */
export class DockerSlots implements SlotSource {
  readonly #engine: Docker
  readonly #options: DockerSlotsOptions
  readonly #owner = writeOwner(thisOwner())
  readonly guarantees
  #block: Promise<number> | undefined
  readonly #pool = (pools += 1)

  private constructor(engine: Docker, options: DockerSlotsOptions, imageDigest: string) {
    this.#engine = engine
    this.#options = options
    this.guarantees = { backend: 'docker' as const, imageDigest, notGuaranteed: [] }
  }

  /** Throws `Sandbox.EngineUnreachable`, or `Sandbox.SlotBootFailed` if the engine has no such image. */
  static async open(options: DockerSlotsOptions): Promise<DockerSlots> {
    const engine = options.engine ?? new Docker()
    try {
      const { Id } = await engine.getImage(options.image).inspect()
      return new DockerSlots(engine, { ...options, image: Id }, Id)
    } catch (error) {
      throw engineFailure(error, FAILURES)
    }
  }

  async boot(index: number, template: Template): Promise<Channel> {
    const name = `agent0-slot-${process.pid}-${this.#owner.split('/').at(-1)}-${(created += 1)}`
    live.add(name)
    try {
      this.#block ??= this.#freeBlock()
      const uid = FIRST_USER_ID + (await this.#block) * USERS_PER_BLOCK + index
      const labels = {
        [SLOT_LABEL]: 'slot',
        [OWNER_LABEL]: this.#owner,
        'agent0.run': this.#options.runId ?? '',
        [POOL_LABEL]: String(this.#pool),
      }
      const slot = { uid, template, labels: { ...labels, 'agent0.uid': String(uid) } }
      const settings = containerOptions({ ...this.#options, ...slot })
      const container = await this.#engine.createContainer({ ...settings, name })
      return await this.#start(container, settings, () => live.delete(name))
    } catch (error) {
      live.delete(name)
      this.#block = undefined
      throw engineFailure(error, FAILURES)
    }
  }

  async #start(container: Docker.Container, settings: object, onDestroy: () => void): Promise<Channel> {
    try {
      // Attached before the start, or the first frame could be lost.
      const attach = { stream: true, stdin: true, stdout: true, stderr: true, hijack: true }
      const stream = await container.attach(attach)
      const channel = new DockerChannel(container, stream, onDestroy)
      await container.start()
      await verifyLockDown(container, settings)
      return channel
    } catch (error) {
      await container.remove({ force: true, v: true }).catch(() => undefined)
      throw error
    }
  }

  async #slots(): Promise<Docker.ContainerInfo[]> {
    return this.#engine.listContainers({ all: true, filters: { label: [`${SLOT_LABEL}=slot`] } })
  }

  async #freeBlock(): Promise<number> {
    const taken = new Set(
      (await this.#slots())
        .filter(({ Labels }) => Labels[OWNER_LABEL] !== this.#owner || Labels[POOL_LABEL] !== String(this.#pool))
        .map((container) => Math.floor((Number(container.Labels['agent0.uid']) - FIRST_USER_ID) / USERS_PER_BLOCK)),
    )
    const blocks = Array.from({ length: USER_BLOCKS }, (_, index) => (index + process.pid + this.#pool) % USER_BLOCKS)
    const free = blocks.find((block) => !taken.has(block))
    if (free === undefined)
      throw failure(
        'Sandbox.SlotBootFailed',
        `${USER_BLOCKS} sandbox pools already run on this machine, the most there may be`,
      )
    return free
  }

  async reap(): Promise<number> {
    try {
      const orphans = (await this.#slots()).filter(({ Labels, Names }) => {
        const owner = Labels[OWNER_LABEL] ?? ''
        // Our own too, where the engine was away when a slot ended.
        return owner === this.#owner ? !Names.some((name) => live.has(name.slice(1))) : ownerIsGone(owner)
      })
      await Promise.all(
        orphans.map(({ Id }) =>
          this.#engine
            .getContainer(Id)
            .remove({ force: true, v: true })
            .catch(() => undefined),
        ),
      )
      return orphans.length
    } catch (error) {
      throw engineFailure(error, FAILURES)
    }
  }
}
