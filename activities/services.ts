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

/** The services that a worker gives its activities. */
export interface Services {
  store: ArtifactStore
  models: ModelServer
  tokenizer: Tokenizer
  sandbox: Sandbox
  /** Limits of one program. */
  executionLimits: ExecutionLimits
  grader: Grader
  trainer: Trainer
  /** Finished workflows of the run. */
  histories: Histories
  /** The tasks of a held-out file. */
  heldOutTasks(file: string, corrections?: string): Promise<HeldOutTask[]>
}

/** The run that an activity works for. Its resolved config is in the store, so that histories hold it once. */
export interface RunContext {
  run: RunId
  config: ArtifactReference
}

/** For names of artifacts that depend on the config, so that those of another config are stored beside them. */
export const configTag = ({ config }: RunContext): string => config.sha256.slice(0, 8)

const configIn = readOnce((store: ArtifactStore, reference) => store.getJson(StoredRunConfig, reference))

/** The resolved config of a run; read once per process. */
export const configOf = (store: ArtifactStore, { config }: RunContext): Promise<RunConfig> => configIn(store, config)
