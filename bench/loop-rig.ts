import { Client, Connection } from '@temporalio/client'
import { join } from 'node:path'
import type { RunContext } from '../activities/services.ts'
import { configKey } from '../contracts/artifact-keys.ts'
import { runId, type RunId } from '../contracts/ids.ts'
import { RunConfig } from '../contracts/run-config.ts'
import type { Control } from '../contracts/run-status.ts'
import { type ArtifactStore, openStore } from '../services/artifact-store/open.ts'
import { storeFolder } from '../host/machine.ts'
import { ROOT } from '../host/paths.mjs'
import { WORKER_MEMORY, WORKER_NODE } from '../infra/supervisor/worker-services.ts'
import { startChild, stopChild, withDevServer } from './dev-server.ts'
import type { FakeModel } from './fake-services.ts'

/** What `loop-worker.ts` is told. */
export interface LoopJob {
  model: FakeModel
  /** Held-out tasks. */
  heldOut: number
}

/** What it says twice a second: requests to the model so far. */
export interface LoopTick {
  requests: number
}

/** The loop's real processes, on a real server and a real store. */
export interface LoopRig {
  client: Client
  store: ArtifactStore
  run: RunId
  config: RunConfig
  context: RunContext
  /** Process ids by worker. */
  workers: Record<'workflow' | 'rollout', number>
  /** Hears every tick. */
  onTick: (tick: LoopTick) => void
}

/** Digest of the base model, which nobody loads. */
export const BASE = '0'.repeat(64)

export const control = (tasksInFlight: number): Control => ({
  paused: false,
  tasksInFlight,
  stopAfterStep: false,
  sampledTokensLeft: null,
})

/**
 * Runs `work` on the production's workflow worker and store, each with its defaults, and on a rollout worker over fakes.
 * `samples`: answers per task.
 */
export function withLoopRig<T>(job: LoopJob, samples: number, work: (rig: LoopRig) => Promise<T>): Promise<T> {
  return withDevServer(async ({ address, folder }) => {
    const env = {
      ...process.env,
      TEMPORAL_ADDRESS: address,
      AGENT0_STORE: storeFolder(folder),
      AGENT0_BASE: folder,
      AGENT0_LOG_LEVEL: 'error',
      ...WORKER_MEMORY,
    }
    const [node, ...flags] = WORKER_NODE
    const start = (args: readonly string[]) =>
      startChild(node, [...flags, ...args], { env, stdio: ['ignore', process.stderr, 'inherit', 'ipc'] })
    const workflow = start([join(ROOT, 'workers', 'main.ts'), 'workflow'])
    const rollout = start([join(import.meta.dirname, 'loop-worker.ts'), JSON.stringify(job)])
    const connection = await Connection.connect({ address })
    try {
      const store = openStore(storeFolder(folder))
      const run = runId('bench')
      const config = RunConfig.parse({
        name: run,
        prompts: { curriculum: 'Propose.', executor: 'Solve: {question}\n' },
        rollout: { traceShare: 0 },
        evaluation: { heldOut: { file: 'fake', samplesPerTask: samples } },
      })
      const context = { run, config: await store.putJson(configKey(run, 1), config) }
      const workers = { workflow: workflow.pid!, rollout: rollout.pid! }
      const rig: LoopRig = {
        client: new Client({ connection }),
        store,
        run,
        config,
        context,
        workers,
        onTick: () => {},
      }
      rollout.on('message', (tick: LoopTick) => rig.onTick(tick))
      return await work(rig)
    } finally {
      await connection.close()
      await Promise.all([workflow, rollout].map(stopChild))
    }
  })
}
