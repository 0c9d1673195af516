import type { Services } from '../../activities/services.ts'
import { FakeModelServer } from './fake-model-server.ts'
import { FakeStore } from './fake-store.ts'
import type { Writer } from './pretend-model.ts'
import { PretendTrainer } from './pretend-trainer.ts'
import { encode } from './rollouts.ts'
import { adders, heldOut, idleGrader, printing } from './small-world.ts'

/** Services in memory. Each call but the store's is announced first, so that a test can note it, hold it or let it fail. */
export class AnnouncedServices {
  readonly store = new FakeStore()
  readonly trainer = new PretendTrainer()
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
        ensurePolicy: async (policy, canary) => {
          await this.before(`publish ${policy.name}`)
          return models.ensurePolicy(policy, canary)
        },
        health: () => models.health(),
        close: () => models.close(),
      },
      tokenizer: { encode, encodeTemplate: encode, decode: (ids) => String.fromCodePoint(...ids) },
      sandbox: {
        ...printing,
        execute: async (program, limits) => {
          await this.before(`execute ${program.source}`)
          return printing.execute(program, limits)
        },
      },
      executionLimits: { cpuMs: 1_000, wallMs: 2_000, memoryBytes: 1 << 20, outputBytes: 1 << 20 },
      grader: idleGrader,
      trainer: {
        step: async (request, onProgress, signal) => {
          await this.before(`train ${request.lineage} ${request.step}`, signal)
          onProgress({ phase: 'update 1 of 1', tokensDone: 1 })
          return trainer.step(request)
        },
        head: (lineage) => trainer.head(lineage),
        close: () => trainer.close(),
      },
      heldOutTasks: async () => heldOut,
      histories: { ofStage: async () => null },
    }
  }
}
