import type { Channel } from '../../services/sandbox/channel.ts'
import { encodeFrame, type Frame, frameKinds, FrameReader } from '../../services/sandbox/frames.ts'
import { SELF_TEST, SELF_TEST_OUTPUT } from '../../services/sandbox/self-test.ts'
import type { SlotSource } from '../../services/sandbox/slot-source.ts'
import type { Template } from '../../services/sandbox/template.ts'

const NO_OUTPUT = { stdoutBytes: 0, stderrBytes: 0, truncated: false, cpuMs: 1, wallMs: 1, maxRssBytes: 1, oomKills: 0 }

/** The frame of an `ok` result that printed `stdout`. */
export function resultFrame(id: number, stdout: string, cleanupMs = 0): Buffer {
  const evidence = { kind: 'ok', ...NO_OUTPUT, stdoutBytes: stdout.length, cleanupMs, kept: false }
  return encodeFrame(frameKinds.result, id, evidence, Buffer.from(stdout))
}

/** A supervisor that answers as its test says. By default it prints what it was given. */
export class FakeChannel implements Channel {
  destroyed = false
  readonly template: Template
  selfTestOutput = SELF_TEST_OUTPUT
  /** Answers the run frames of programs; the self-test passes unless told otherwise. */
  onRun: (frame: Frame, channel: FakeChannel) => void = (frame) => this.emit(resultFrame(frame.id, frame.a.toString()))
  readonly #reader = new FrameReader()
  #listener: { bytes: (chunk: Buffer) => void; end: () => void } | undefined

  constructor(template: Template) {
    this.template = template
  }

  send(bytes: Buffer): void {
    for (const frame of this.#reader.push(bytes)) {
      if (frame.kind === frameKinds.ping) this.emit(encodeFrame(frameKinds.pong, frame.id, {}))
      else if (frame.a.toString() === SELF_TEST.source) this.emit(resultFrame(frame.id, this.selfTestOutput))
      else this.onRun(frame, this)
    }
  }

  emit(bytes: Buffer): void {
    setImmediate(() => this.#listener?.bytes(bytes))
  }

  end(): void {
    setImmediate(() => this.#listener?.end())
  }

  listen(listener: { bytes: (chunk: Buffer) => void; end: () => void }): void {
    this.#listener = listener
    this.emit(encodeFrame(frameKinds.ready, 0, {}))
  }

  async destroy(): Promise<void> {
    this.destroyed = true
  }

  async diedOfMemory(): Promise<boolean> {
    return false
  }

  diagnostics(): string {
    return ''
  }
}

/** An engine of fake supervisors, which can be down. */
export class FakeSlots implements SlotSource {
  readonly guarantees = { backend: 'docker' as const, imageDigest: 'sha256:fake', notGuaranteed: [] }
  readonly channels: FakeChannel[] = []
  /** Thrown by every boot while it is set. */
  outage: Error | undefined
  /** Prepares each new supervisor. */
  prepare: (channel: FakeChannel) => void = () => undefined

  async boot(_index: number, template: Template): Promise<Channel> {
    if (this.outage !== undefined) throw this.outage
    const channel = new FakeChannel(template)
    this.prepare(channel)
    this.channels.push(channel)
    return channel
  }

  async reap(): Promise<number> {
    return 0
  }
}
