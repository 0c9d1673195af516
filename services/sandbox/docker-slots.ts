import Docker from 'dockerode'
import { engineFailure } from '../failure.ts'
import type { Channel } from './channel.ts'
import { DockerChannel } from './docker-channel.ts'
import { slotUsers } from './slot-users.ts'
import { ownerIsGone, thisOwner, writeOwner } from '../../host/owner.ts'
import { containerOptions, verifyLockDown } from './container-options.ts'
import type { SlotSource } from './slot-source.ts'
import type { Template } from './template.ts'

/** Names of this process's containers in use, from before their creation until their removal was asked for. */
const live = new Set<string>()

const OWNER_LABEL = 'agent0.owner'
const SLOT_LABEL = 'agent0.sandbox'
/** The engine's answer where a container has the name already. */
const NAME_TAKEN = 409

export interface DockerSlotsOptions {
  engine?: Docker
  /** Tag or digest of the sandbox image. */
  image: string
  runId?: string
  /** Container runtime such as `runsc`; the engine's default otherwise. */
  runtime?: string
  /** Where to begin to look for free users of slots; each process begins elsewhere unless given. */
  firstUser?: number
}

const FAILURES = { unreachable: 'Sandbox.EngineUnreachable', refused: 'Sandbox.SlotBootFailed' } as const

/** Slots as locked-down containers of a Docker engine, one guest as PID 1 in each. */
export class DockerSlots implements SlotSource {
  readonly #engine: Docker
  readonly #options: DockerSlotsOptions
  readonly #owner = writeOwner(thisOwner())
  readonly guarantees
  /** By slot. A program sees its user, so it stays the same when the slot is replaced. */
  readonly #users: number[] = []
  readonly #former: Channel[] = []

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
    try {
      // The slot that had the user before is being removed.
      await this.#former[index]?.destroy()
      // A container is named by its user: so the engine sees to it that no two slots share one, in any process.
      for (const uid of slotUsers(this.#users[index] ?? this.#options.firstUser)) {
        const name = `agent0-slot-user-${uid}`
        if (live.has(name)) continue
        live.add(name)
        try {
          const channel = await this.#create(name, uid, template)
          if (channel !== null) {
            this.#users[index] = uid
            return (this.#former[index] = channel)
          }
          live.delete(name)
        } catch (error) {
          live.delete(name)
          throw error
        }
      }
      throw new Error('slotUsers ends with a failure')
    } catch (error) {
      throw engineFailure(error, FAILURES)
    }
  }

  /** A slot of this user; null where another has the user. */
  async #create(name: string, uid: number, template: Template): Promise<Channel | null> {
    const labels = {
      [SLOT_LABEL]: 'slot',
      [OWNER_LABEL]: this.#owner,
      'agent0.run': this.#options.runId ?? '',
    }
    const settings = containerOptions({ ...this.#options, uid, template, labels })
    const container = await this.#engine.createContainer({ ...settings, name }).catch((error: unknown) => {
      if ((error as { statusCode?: number }).statusCode === NAME_TAKEN) return null
      throw error
    })
    return container && this.#start(container, settings, () => live.delete(name))
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
