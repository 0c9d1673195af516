import type { Services } from '../../activities/services.ts'
import { FakeModelServer } from './fake-model-server.ts'
import { FakeStore } from './fake-store.ts'
import type { Writer } from './stub-model.ts'
import { FakeTrainer } from './fake-trainer.ts'
import { encode } from './rollouts.ts'
import { adders, heldOut, fakeGrader, fakeSandbox } from './small-world.ts'

/** Services in memory. Each call but the store's is shown to `before` first, so that a test can note it, hold it or let it fail. */
export class FakeServices {
  readonly store = new FakeStore()
  readonly trainer = new FakeTrainer()
  readonly models: FakeModelServer
  before: (call: string, signal?: AbortSignal) => Promise<void> | void = () => {}

  constructor(writer: Writer = adders) {
    this.models = new FakeModelServer(writer)
  }

  get services(): Services {
    const { store, models, trainer } = this
    return {
      store,
      models: {
        generate: async (request) => {
          await this.before(`generate ${request.task}`, request.signal)
          return models.generate(request)
        },
        ensurePolicy: async (policy, check) => {
          await this.before(`publish ${policy.name}`)
          return models.ensurePolicy(policy, check)
        },
        compareBase: (canary) => models.compareBase(canary),
        unload: (names) => models.unload(names),
        health: () => models.health(),
        close: () => models.close(),
      },
      tokenizer: {
        endTokenIds: [],
        controlId: () => null,
        encode,
        encodeTemplate: encode,
        decode: (ids) => String.fromCodePoint(...ids),
      },
      sandbox: {
        ...fakeSandbox,
        execute: async (program, limits) => {
          await this.before(`execute ${program.source}`)
          return fakeSandbox.execute(program, limits)
        },
      },
      executionLimits: { cpuMs: 1_000, wallMs: 2_000, memoryBytes: 1 << 20, outputBytes: 1 << 20 },
      grader: fakeGrader,
      trainer: {
        step: async (request, onProgress, signal) => {
          await this.before(`train ${request.lineage} ${request.step}`, signal)
          return trainer.step(request, onProgress, signal)
        },
        head: (lineage) => trainer.head(lineage),
        hold: (holder, checkpoints) => trainer.hold(holder, checkpoints),
        close: () => trainer.close(),
      },
      heldOutTasks: async () => heldOut,
      histories: { ofStage: async () => null },
    }
  }
}
