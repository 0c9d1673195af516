import type { MachineConfig } from './machine-config.ts'

type Section = { [S in keyof MachineConfig]: `${S}.${keyof MachineConfig[S] & string}` }
/** A key of machine.yaml, such as `store.durability`. */
export type MachineKey = Section[keyof Section]

const asText = (text: string): unknown => text
const asNumber = (text: string): unknown => (/^\d+$/.test(text) ? Number(text) : text)
const asTexts = (text: string): unknown => text.split(',').flatMap((item) => (item.trim() === '' ? [] : [item.trim()]))
/** `0,1` is a list of numbers, `none` is a word. */
const asNumbers = (text: string): unknown => (/^[\d, ]+$/.test(text) ? (asTexts(text) as string[]).map(Number) : text)

/** The variable that overrides each key, and how its text is read. Another machine's worker is told by the same ones. */
export const machineVariables: Readonly<Record<MachineKey, { variable: string; read: (text: string) => unknown }>> = {
  'temporal.address': { variable: 'TEMPORAL_ADDRESS', read: asText },
  'temporal.namespace': { variable: 'TEMPORAL_NAMESPACE', read: asText },
  'modelServer.urls': { variable: 'AGENT0_MODEL_URLS', read: asTexts },
  'modelServer.engine': { variable: 'AGENT0_MODEL_ENGINE', read: asText },
  'modelServer.samplesMax': { variable: 'AGENT0_MODEL_SAMPLES', read: asNumber },
  'modelServer.keyFile': { variable: 'AGENT0_MODEL_API_KEY_FILE', read: asText },
  'trainer.kind': { variable: 'AGENT0_TRAINER_KIND', read: asText },
  'trainer.url': { variable: 'AGENT0_TRAINER_URL', read: asText },
  'trainer.devices': { variable: 'AGENT0_TRAINER_DEVICES', read: asNumbers },
  'trainer.image': { variable: 'AGENT0_TRAINER_IMAGE', read: asText },
  'trainer.tokenFile': { variable: 'AGENT0_TRAINER_TOKEN_FILE', read: asText },
  'store.folder': { variable: 'AGENT0_STORE', read: asText },
  'store.durability': { variable: 'AGENT0_DURABILITY', read: asText },
  'sandbox.backend': { variable: 'AGENT0_SANDBOX_BACKEND', read: asText },
  'sandbox.slots': { variable: 'AGENT0_SANDBOX_SLOTS', read: asNumber },
  'sandbox.memo': { variable: 'AGENT0_SANDBOX_MEMO', read: asText },
  'alerts.onAlert': { variable: 'AGENT0_ON_ALERT', read: asText },
  'alerts.lookSeconds': { variable: 'AGENT0_LOOK_SECONDS', read: asNumber },
  'workers.rolloutTasks': { variable: 'AGENT0_ROLLOUT_TASKS', read: asNumber },
  'workers.bookkeepingSteps': { variable: 'AGENT0_BOOKKEEPING_STEPS', read: asNumber },
  'workers.logLevel': { variable: 'AGENT0_LOG_LEVEL', read: asText },
  'ports.temporal': { variable: 'AGENT0_TEMPORAL_PORT', read: asNumber },
  'ports.ui': { variable: 'AGENT0_UI_PORT', read: asNumber },
  'ports.metrics': { variable: 'AGENT0_METRICS_PORT', read: asNumber },
  'ports.model': { variable: 'AGENT0_MODEL_PORT', read: asNumber },
  'ports.trainer': { variable: 'AGENT0_TRAINER_PORT', read: asNumber },
  'ports.worker': { variable: 'AGENT0_WORKER_PORT', read: asNumber },
}

const rows = Object.entries(machineVariables).map(([key, row]) => {
  const [section, name] = key.split('.') as [keyof MachineConfig, string]
  return { section, name, ...row }
})

/** A machine config as the environment of a worker's process: a variable for every key. */
export function environmentOf(machine: MachineConfig): Record<string, string> {
  const text = (value: unknown) => (Array.isArray(value) ? value.join(',') : String(value))
  return Object.fromEntries(
    rows.map(({ section, name, variable }) => [variable, text((machine[section] as Record<string, unknown>)[name])]),
  )
}

/** A machine config's value, still to be parsed, with the variables that are set laid over it. Empty counts as not set. */
export function withVariables(value: unknown, variables: Readonly<Record<string, string | undefined>>): unknown {
  if (typeof value !== 'object' || value === null) return value
  const changed: Record<string, unknown> = { ...value }
  for (const { section, name, variable, read } of rows) {
    const text = variables[variable]
    if (!text) continue
    const below = changed[section]
    changed[section] = { ...(typeof below === 'object' && below !== null ? below : {}), [name]: read(text) }
  }
  return changed
}
