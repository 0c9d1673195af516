import { availableParallelism } from 'node:os'
import { resolve } from 'node:path'
import { z } from 'zod'

/** Kinds of worker, a process each; what each does is in kinds.ts. */
export const workerKinds = ['workflow', 'rollout', 'training', 'bookkeeping'] as const
export type WorkerKind = (typeof workerKinds)[number]

const urls = z
  .string()
  .default('')
  .transform((text) => text.split(',').flatMap((url) => (url.trim() === '' ? [] : [url.trim()])))
const number = (byDefault: number) => z.coerce.number().int().min(1).default(byDefault)

/** All that a worker is told, by variables alone, so that it can be started on any machine. Names stand in docs/operations/workers.md. */
const Environment = z.object({
  /** Temporal server, `host:port`. */
  TEMPORAL_ADDRESS: z.string().default('127.0.0.1:7233'),
  TEMPORAL_NAMESPACE: z.string().default('default'),
  /** Folder of the artifact store, on a file system that all workers, trainers and model servers share. */
  AGENT0_STORE: z.string().min(1),
  /** Folder of the base model: its tokenizer is read. */
  AGENT0_BASE: z.string().min(1),
  /** Base URLs of the model servers, with commas between. */
  AGENT0_MODEL_URLS: urls,
  AGENT0_MODEL_API_KEY: z.string().optional(),
  /** Samples that may be at one model server at once. */
  AGENT0_MODEL_SAMPLES: number(384),
  /** Base URL of the trainer. */
  AGENT0_TRAINER_URL: z.string().default('http://127.0.0.1:7431'),
  AGENT0_TRAINER_TOKEN: z.string().optional(),
  AGENT0_SANDBOX_BACKEND: z.enum(['docker', 'bubblewrap']).optional(),
  AGENT0_SANDBOX_MEMO: z.enum(['on', 'off']).default('on'),
  /** What a stored artifact survives. */
  AGENT0_DURABILITY: z.enum(['power-loss', 'kill']).default('power-loss'),
  /** Tasks that one rollout worker works on at once. */
  AGENT0_ROLLOUT_TASKS: number(200),
  /** Short steps that one bookkeeping worker works on at once. */
  AGENT0_BOOKKEEPING_STEPS: number(availableParallelism()),
  /** How often a bookkeeping worker looks at all runs for alerts, seconds. */
  AGENT0_LOOK_SECONDS: number(60),
  /** Whether a bookkeeping worker runs the commands that configs name for alerts. */
  AGENT0_ON_ALERT: z.enum(['on', 'off']).default('on'),
  /** A file that only one life of this worker may have locked: others wait. Set by `agent0 up`. */
  AGENT0_LOCK: z.string().optional(),
  /** `host:port` on which Prometheus finds metrics; none unless given. */
  AGENT0_METRICS: z.string().optional(),
  AGENT0_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
})

export type Environment = z.output<typeof Environment>

/** Reads the environment, or says everything that is wrong with it. */
export function readEnvironment(variables: Readonly<Record<string, string | undefined>>): Environment {
  const parsed = Environment.safeParse(variables)
  if (!parsed.success) {
    const sentences = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
    throw new Error(`The worker's environment cannot work: ${sentences.join('; ')}`)
  }
  const { AGENT0_STORE: store, AGENT0_BASE: base } = parsed.data
  return { ...parsed.data, AGENT0_STORE: resolve(store), AGENT0_BASE: resolve(base) }
}
