import { mkdirSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { ROOT } from '../../host/paths.mjs'
import { DockerJobs } from './docker-jobs.ts'
import { baseDigest } from './lineage-files.ts'
import { OneShotTrainer, stepArguments, type OneShotOptions } from './one-shot-trainer.ts'
import { ServiceTrainer } from './service-trainer.ts'
import { startProcess } from './start-process.ts'
import type { Trainer } from '../../contracts/ports/trainer.ts'

/** The Python package. */
const ML = join(ROOT, 'ml')
const STALLED_AFTER_MS = 600_000
const REPORT_EVERY_MS = 5_000

interface Shared {
  /** Folder of the artifact store, absolute. The trainer uses `checkpoints/`, `lineages/` and `pins/` in it. */
  storeFolder: string
  /** Milliseconds without progress that count as a hang; 10 minutes unless given. */
  stalledAfterMs?: number
  /** Milliseconds between two reports of progress; 5 s unless given. */
  reportEveryMs?: number
}

interface OneShot extends Shared {
  /** Folder of the base model, absolute. */
  base: string
  /** The Python of set-up (`mlPython`). */
  python: string
  /** More of the job's environment, such as `CUDA_VISIBLE_DEVICES`. */
  environment?: Readonly<Record<string, string>>
}

export type OpenTrainerOptions =
  /** A trainer that runs as a service, such as the one that `agent0 up` starts. */
  | (Shared & { kind: 'service'; url: string; token?: string })
  /** A child of this process for each step. */
  | (OneShot & { kind: 'process' })
  /** A container for each step. */
  | (OneShot & {
      kind: 'docker'
      /** A system in which the Python of set-up runs, which is mounted into it: the sandbox's Debian for one. */
      image: string
      gpus?: 'none' | 'all'
      memoryBytes?: number
    })

/** What a job on a CPU needs besides the command; spinning threads cost more than they bring on shared cores. */
function environmentOf({ environment = {} }: OneShot, path: string): Record<string, string> {
  return {
    PATH: path,
    PYTHONPATH: ML,
    PYTHONDONTWRITEBYTECODE: '1',
    OMP_WAIT_POLICY: 'passive',
    HF_HUB_OFFLINE: '1',
    ...environment,
  }
}

function oneShot(options: OneShot, start: OneShotOptions['start']): Trainer {
  const { storeFolder, base, stalledAfterMs = STALLED_AFTER_MS, reportEveryMs = REPORT_EVERY_MS } = options
  mkdirSync(storeFolder, { recursive: true })
  let known: Promise<string> | undefined
  return new OneShotTrainer({
    storeFolder,
    base: () => (known ??= baseDigest(base)),
    stalledAfterMs,
    reportEveryMs,
    start,
  })
}

/** The interpreter with the libraries around it: the environment, and the Python that it was made from unless that is the system's. */
function foldersOf(python: string): string[] {
  const prefixes = [python, realpathSync(python)].map((file) => dirname(dirname(file)))
  return prefixes.filter((folder, index) => folder !== '/usr' && prefixes.indexOf(folder) === index)
}

/** Opens a trainer over a store's folder. */
export async function openTrainer(options: OpenTrainerOptions): Promise<Trainer> {
  const { stalledAfterMs = STALLED_AFTER_MS, reportEveryMs = REPORT_EVERY_MS, storeFolder } = options
  switch (options.kind) {
    case 'service': {
      const pollS = Math.max(1, Math.round(reportEveryMs / 1_000))
      return new ServiceTrainer({ ...options, stalledAfterMs, pollS })
    }
    case 'process': {
      const environment = environmentOf(options, '/usr/local/bin:/usr/bin:/bin')
      return oneShot(options, async (request) =>
        startProcess(options.python, stepArguments(request, options.base, storeFolder), environment),
      )
    }
    case 'docker': {
      const { base, python, image, gpus = 'none', memoryBytes } = options
      const jobs = new DockerJobs({
        image,
        command: [python],
        storeFolder,
        readOnly: [base, ML, ...foldersOf(python)],
        environment: environmentOf(options, '/usr/local/bin:/usr/bin:/bin'),
        gpus,
        ...(memoryBytes !== undefined && { memoryBytes }),
      })
      await jobs.reap()
      return oneShot(options, (request) => jobs.start(request, stepArguments(request, base, storeFolder)))
    }
    default:
      return options satisfies never
  }
}
