import { setTimeout } from 'node:timers/promises'
import type Docker from 'dockerode'
import { failure } from '../failure.ts'
import type { Channel } from './channel.ts'
import { EngineStream } from '../../host/engine-stream.ts'
import { TextRing } from './text-ring.ts'

/** Within this time the engine knows how a container ended, milliseconds. */
const END_NOTED_MS = 1_000

/** A guest in a container, over the engine's attached stream. */
export class DockerChannel implements Channel {
  readonly #container: Docker.Container
  readonly #stream: NodeJS.ReadWriteStream
  readonly #onDestroy: () => void
  readonly #errors = new TextRing()
  #destroyed: Promise<void> | undefined

  constructor(container: Docker.Container, stream: NodeJS.ReadWriteStream, onDestroy: () => void) {
    this.#onDestroy = onDestroy
    this.#container = container
    this.#stream = stream
  }

  send(bytes: Buffer): void {
    this.#stream.write(bytes)
  }

  listen(listener: { bytes: (chunk: Buffer) => void; end: () => void }): void {
    const streams = new EngineStream({
      stdout: listener.bytes,
      stderr: (bytes) => this.#errors.push(bytes),
    })
    this.#stream.on('data', (chunk: Buffer) => streams.push(chunk))
    for (const event of ['end', 'close', 'error']) this.#stream.on(event, listener.end)
  }

  async diedOfMemory(): Promise<boolean> {
    try {
      // The stream ends a moment before the engine has noted the end. A container that is only silent continues.
      await Promise.race([this.#container.wait(), setTimeout(END_NOTED_MS, undefined, { ref: false })])
      const { State: state } = await this.#container.inspect()
      return !state.Running && state.OOMKilled
    } catch (error) {
      if ((error as { statusCode?: number }).statusCode === 404) return false
      throw failure('Sandbox.EngineUnreachable', 'the container engine became unreachable while a program ran', error)
    }
  }

  destroy(): Promise<void> {
    this.#destroyed ??= this.#remove()
    return this.#destroyed
  }

  async #remove(): Promise<void> {
    this.#onDestroy()
    // What the engine cannot remove now because it is gone, the reaper finds when it is back.
    await this.#container.remove({ force: true, v: true }).catch(() => undefined)
    ;(this.#stream as NodeJS.ReadWriteStream & { destroy?: () => void }).destroy?.()
  }

  diagnostics(): string {
    return this.#errors.text()
  }
}
