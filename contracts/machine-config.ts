import { z } from 'zod'

const port = z.int().min(1).max(65_535)
const auto = z.literal('auto')

/** The Temporal server that runs and workers share. */
const Temporal = z.strictObject({
  /** `host:port` of a server that somebody else runs. Default own: the one that `agent0 up` starts. */
  address: z.string().min(1).default('own'),
  /** Namespace of the runs. Default `default`, which every server of its own kind has. */
  namespace: z.string().min(1).default('default'),
})

/** What samples from policies. All servers speak the same part of vLLM's API (docs/operations/serving.md). */
const ModelServer = z.strictObject({
  /** Base URLs of servers that somebody else runs, all of the same base model. Default none: `up` starts one. */
  urls: z.array(z.url({ protocol: /^https?$/ })).default([]),
  /**
   * What `up` starts: `embedded` is the project's own server on one thread of the CPU, `vllm` the one on PATH where there is
   * a GPU, else the one of `setup:vllm`. Default auto: embedded for a small model of an architecture that it knows.
   */
  engine: z.enum(['auto', 'embedded', 'vllm']).default('auto'),
  /** Samples that are at one server at once; more wait with us. Default 384: one and a half times vLLM's --max-num-seqs. */
  samplesMax: z.int().min(1).default(384),
  /** File with the servers' API key. Default none: the key is in AGENT0_MODEL_API_KEY, or they want none. */
  keyFile: z.string().min(1).default('none'),
})

/** What trains policies. */
const Trainer = z
  .strictObject({
    /**
     * `service`: one that keeps the model loaded, started by `up` or reached at `url`. `process`: a child of the worker for
     * each step. `docker`: a container for each step. Default service: a step need not load the model.
     */
    kind: z.enum(['service', 'process', 'docker']).default('service'),
    /** Base URL of a trainer that somebody else runs and that shares the store's folder. Default own: `up` starts one. */
    url: z.union([z.literal('own'), z.url({ protocol: /^https?$/ })]).default('own'),
    /** Numbers of the GPUs that it may use, or none. Default auto: all that there are. */
    devices: z.union([z.enum(['auto', 'none']), z.array(z.int().min(0)).min(1)]).default('auto'),
    /** Container image of kind docker: a tag or digest. Default sandbox: the sandbox's image, with set-up's Python mounted. */
    image: z.string().min(1).default('sandbox'),
    /** File with the service's bearer token. Default none: it is in AGENT0_TRAINER_TOKEN, or the service wants none. */
    tokenFile: z.string().min(1).default('none'),
  })
  .superRefine((trainer, context) => {
    const refuse = (key: string, message: string) => context.addIssue({ code: 'custom', path: [key], message })
    if (trainer.kind !== 'service' && trainer.url !== 'own') refuse('url', 'own, since only kind service has a URL')
    if (trainer.kind !== 'service' && trainer.tokenFile !== 'none')
      refuse('tokenFile', 'none, since only kind service has a token')
    if (trainer.kind !== 'docker' && trainer.image !== 'sandbox')
      refuse('image', 'sandbox, since only kind docker has an image')
    if (trainer.url !== 'own' && trainer.devices !== 'auto')
      refuse('devices', 'auto, since whoever runs the trainer at url chooses its devices')
  })

/** Where artifacts and checkpoints lie, on a file system that all workers, trainers and model servers share. */
const Store = z.strictObject({
  /** Folder: absolute, or relative to the checkout. Default own: `store` in the state folder (AGENT0_STATE). */
  folder: z.string().min(1).default('own'),
  /**
   * What a finished write survives: `power-loss` waits for the disk, `kill` leaves that to the kernel, which is enough for
   * processes that die. Default power-loss.
   */
  durability: z.enum(['power-loss', 'kill']).default('power-loss'),
})

/** Where programs that models write run. What one program may use is the project's own choice. */
const Sandbox = z.strictObject({
  /** Default auto: the container engine if one answers, else bubblewrap. */
  backend: z.enum(['auto', 'docker', 'bubblewrap']).default('auto'),
  /** Programs that run at once in one rollout worker. Default auto: two per CPU core. */
  slots: z.union([auto, z.int().min(2).max(256)]).default('auto'),
  /** Whether identical programs of a run are executed once. Default on: the samples of a task often write the same one. */
  memo: z.enum(['on', 'off']).default('on'),
})

/** Calling a person. When a run needs one is in the run's config (`alerts`). */
const Alerts = z.strictObject({
  /** A command for `sh -c`, run once for each alert with the alert on its standard input. Default none. */
  onAlert: z
    .string()
    .regex(/^(?!(on|off)$).*\S/s, 'a command for sh -c, or none')
    .default('none'),
  /** Seconds between two looks at all runs. Default 60. */
  lookSeconds: z.int().min(1).default(60),
})

/** How much one worker's process does at once, and what it logs. */
const Workers = z.strictObject({
  /** Tasks in one rollout worker. Default 200: they mostly wait for the model server. */
  rolloutTasks: z.int().min(1).default(200),
  /** Short steps in one bookkeeping worker. Default auto: one per CPU core, as they compute. */
  bookkeepingSteps: z.union([auto, z.int().min(1)]).default('auto'),
  /** Least severe lines that are logged. Default info. */
  logLevel: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
})

/** TCP ports on 127.0.0.1 of what `agent0 up` starts. */
const Ports = z.strictObject({
  /** Temporal server. Default 7233, as everywhere. */
  temporal: port.default(7233),
  /** Its web page. Default auto: the port of the server + 1000, as Temporal's own. */
  ui: z.union([auto, port]).default('auto'),
  /** Its metrics. Default auto: the port of the server + 2000. */
  metrics: z.union([auto, port]).default('auto'),
  /** Model server. Default 8000, vLLM's own. */
  model: port.default(8000),
  /** Trainer. Default 7431. */
  trainer: port.default(7431),
  /** The first of four ports in a row with the workers' metrics. Default 9240. */
  worker: port.max(65_532).default(9240),
})

/**
 * The config of a machine: where and with what runs are carried out. It changes no result, and is no part of a run. All
 * keys are optional; the defaults are a laptop on which `agent0 up` starts everything. It is read from `machine.yaml` at the top
 * of the checkout, or the file that AGENT0_MACHINE or `--machine` names; variables (`machine-variables.ts`) override it.
 */
export const MachineConfig = z.strictObject({
  temporal: Temporal.prefault({}),
  modelServer: ModelServer.prefault({}),
  trainer: Trainer.prefault({}),
  store: Store.prefault({}),
  sandbox: Sandbox.prefault({}),
  alerts: Alerts.prefault({}),
  workers: Workers.prefault({}),
  ports: Ports.prefault({}),
})

export type MachineConfig = z.output<typeof MachineConfig>
export type MachineConfigInput = z.input<typeof MachineConfig>
/** A machine of which nothing is said. */
export const machineDefaults = MachineConfig.parse({})

export type Durability = MachineConfig['store']['durability']

const LOOPBACK = '127.0.0.1'

/** `host:port` of the Temporal server. */
export const temporalAddressOf = ({ temporal, ports }: MachineConfig) =>
  temporal.address === 'own' ? `${LOOPBACK}:${ports.temporal}` : temporal.address

/** Base URLs of the model servers. */
export const modelUrlsOf = ({ modelServer: { urls }, ports }: MachineConfig) =>
  urls.length > 0 ? urls : [`http://${LOOPBACK}:${ports.model}`]

/** Base URL of the trainer's service. */
export const trainerUrlOf = ({ trainer: { url }, ports }: MachineConfig) =>
  url === 'own' ? `http://${LOOPBACK}:${ports.trainer}` : url

/** Which GPUs a trainer sees, in the variable that CUDA reads; none where it may see all. */
export function visibleDevices({ trainer: { devices } }: MachineConfig): Record<string, string> {
  if (devices === 'auto') return {}
  return { CUDA_VISIBLE_DEVICES: devices === 'none' ? '' : devices.join(',') }
}
