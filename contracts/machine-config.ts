import { z } from 'zod'
import { SandboxBackend } from './execution-result.ts'

const port = z.int().min(1).max(65_535)
const auto = z.literal('auto')

const Temporal = z
  .strictObject({
    address: z
      .string()
      .min(1)
      .default('own')
      .describe('`host:port` of a server that somebody else runs; `own`: the one that `agent0 up` starts.'),
    namespace: z
      .string()
      .min(1)
      .default('default')
      .describe('Namespace of the runs. A new server has the namespace `default`.'),
  })
  .describe('The Temporal server that runs and workers share.')

const ModelServer = z
  .strictObject({
    urls: z
      .array(z.url({ protocol: /^https?$/ }))
      .default([])
      .describe(
        'Base URLs of servers that somebody else runs, all of the same base model. Without any, `agent0 up` starts one.',
      ),
    engine: z
      .enum(['auto', 'embedded', 'vllm'])
      .default('auto')
      .describe(
        "What `agent0 up` starts. `embedded`: the project's own server, on one thread of the CPU. `vllm`: the one on PATH where there is a GPU, else that of `setup:vllm`. `auto`: embedded for a small model whose architecture it knows, else vLLM.",
      ),
    samplesMax: z
      .int()
      .min(1)
      .default(384)
      .describe(
        "Samples sent to one server at the same time; more wait in the worker. 384 is one and a half times vLLM's --max-num-seqs.",
      ),
    keyFile: z
      .string()
      .min(1)
      .default('none')
      .describe(
        "File with the servers' API key; `none`: the key is in AGENT0_MODEL_API_KEY, or the servers need none.",
      ),
  })
  .describe(
    "What serves the base model and its policies. All servers speak the same part of vLLM's API (docs/operations/serving.md).",
  )

const Trainer = z
  .strictObject({
    kind: z
      .enum(['service', 'process', 'docker'])
      .default('service')
      .describe(
        '`service`: a server that keeps the model loaded, started by `agent0 up` or reached at `url`. `process`: a child process of the worker for each step. `docker`: a container for each step.',
      ),
    url: z
      .union([z.literal('own'), z.url({ protocol: /^https?$/ })])
      .default('own')
      .describe(
        "Base URL of a trainer that somebody else runs and that shares the store's folder; `own`: `agent0 up` starts one.",
      ),
    devices: z
      .union([z.enum(['auto', 'none']), z.array(z.int().min(0)).min(1)])
      .default('auto')
      .describe('Numbers of the GPUs that it may use; `auto`: all, `none`: CPU only.'),
    image: z
      .string()
      .min(1)
      .default('sandbox')
      .describe(
        "Container image of kind docker, a tag or digest; `sandbox`: the sandbox's image, with set-up's Python mounted.",
      ),
    tokenFile: z
      .string()
      .min(1)
      .default('none')
      .describe(
        "File with the service's bearer token; `none`: it is in AGENT0_TRAINER_TOKEN, or the service needs none.",
      ),
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
  .describe('What trains policies.')

const Store = z
  .strictObject({
    folder: z
      .string()
      .min(1)
      .default('own')
      .describe('Folder, absolute or relative to the checkout; `own`: `store` in the state folder (AGENT0_STATE).'),
    durability: z
      .enum(['power-loss', 'kill'])
      .default('power-loss')
      .describe(
        'What a finished write survives. `power-loss` waits for the disk; `kill` leaves that to the kernel, which is enough when processes die.',
      ),
  })
  .describe('Where artifacts and checkpoints lie, on a file system that all workers, trainers and model servers share.')

const Sandbox = z
  .strictObject({
    backend: z
      .enum(['auto', ...SandboxBackend.options])
      .default('auto')
      .describe('What isolates programs; `auto`: the container engine if one answers, else bubblewrap.'),
    slots: z
      .union([auto, z.int().min(2).max(256)])
      .default('auto')
      .describe('Programs that run at the same time in one rollout worker; `auto`: two per CPU core.'),
    memo: z
      .enum(['on', 'off'])
      .default('on')
      .describe(
        'Whether identical programs of a run are executed once; the samples of a task often write the same one.',
      ),
  })
  .describe("Where programs that models write run. What one program may use is the project's own choice.")

const Alerts = z
  .strictObject({
    onAlert: z
      .string()
      .regex(/^(?!(on|off)$).*\S/s, 'a command for sh -c, or none')
      .default('none')
      .describe('A command for `sh -c`, run once per alert with the alert on its standard input.'),
    lookSeconds: z.int().min(1).default(60).describe('Seconds between two checks of all runs.'),
  })
  .describe('How a person is called. When a run needs one is in the run config (`alerts`).')

const Workers = z
  .strictObject({
    rolloutTasks: z
      .int()
      .min(1)
      .default(200)
      .describe('Tasks at the same time in one rollout worker; they mostly wait for the model server.'),
    bookkeepingSteps: z
      .union([auto, z.int().min(1)])
      .default('auto')
      .describe(
        'Short steps at the same time in one bookkeeping worker; `auto`: one per CPU core, since they compute.',
      ),
    logLevel: z.enum(['debug', 'info', 'warn', 'error']).default('info').describe('Least severe level that is logged.'),
  })
  .describe('How much one worker process does at the same time, and what it logs.')

export const Ports = z
  .strictObject({
    temporal: port.default(7233).describe('The Temporal server.'),
    ui: z
      .union([z.literal('none'), auto, port])
      .default('none')
      .describe("Temporal's web UI; `auto`: the server's port + 1000; `none`: it is not started (docs/security.md)."),
    metrics: z.union([auto, port]).default('auto').describe("Temporal's metrics; `auto`: the server's port + 2000."),
    model: port.default(8000).describe('The model server.'),
    trainer: port.default(7431).describe('The trainer.'),
    worker: port.max(65_532).default(9240).describe("The first of four consecutive ports for the workers' metrics."),
  })
  .describe('TCP ports on 127.0.0.1 of what `agent0 up` starts.')

export const MachineConfig = z
  .strictObject({
    temporal: Temporal.prefault({}),
    modelServer: ModelServer.prefault({}),
    trainer: Trainer.prefault({}),
    store: Store.prefault({}),
    sandbox: Sandbox.prefault({}),
    alerts: Alerts.prefault({}),
    workers: Workers.prefault({}),
    ports: Ports.prefault({}),
  })
  .describe(
    'The machine config says where and with what runs are carried out. It changes no result and is not part of a run. All keys are optional; the defaults are a laptop on which `agent0 up` starts everything. It is read from machine.yaml at the top of the checkout, or from the file that AGENT0_MACHINE or `--machine` names; environment variables override it.',
  )

export type MachineConfig = z.output<typeof MachineConfig>
export type MachineConfigInput = z.input<typeof MachineConfig>
/** The machine of an empty machine.yaml. */
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
