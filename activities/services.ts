import type { ArtifactReference } from '../contracts/artifact-reference.ts'
import type { HeldOutTask } from '../contracts/held-out.ts'
import type { RunId } from '../contracts/ids.ts'
import { type RunConfig, StoredRunConfig } from '../contracts/run-config.ts'
import type {
  ArtifactStore,
  ExecutionLimits,
  Grader,
  Histories,
  ModelServer,
  Sandbox,
  Tokenizer,
  Trainer,
} from '../contracts/ports/index.ts'
import { readOnce } from './read-once.ts'

/** What a worker's composition root hands to its activities. */
export interface Services {
  store: ArtifactStore
  models: ModelServer
  tokenizer: Tokenizer
  sandbox: Sandbox
  /** What one program may use. */
  executionLimits: ExecutionLimits
  grader: Grader
  trainer: Trainer
  /** What became of the run's workflows. */
  histories: Histories
  /** The tasks of a held-out file that a config names. */
  heldOutTasks(file: string): Promise<HeldOutTask[]>
}

/** Which run an activity works for. Its resolved config lies in the store, so that histories hold it once. */
export interface RunContext {
  run: RunId
  config: ArtifactReference
}

/** For names of what is computed from the config: under another config it is something else, and stands beside it. */
export const configTag = ({ config }: RunContext): string => config.sha256.slice(0, 8)

const configIn = readOnce((store: ArtifactStore, reference) => store.getJson(StoredRunConfig, reference))

/** The resolved config of a run; read once per process. */
export const configOf = (store: ArtifactStore, { config }: RunContext): Promise<RunConfig> => configIn(store, config)
