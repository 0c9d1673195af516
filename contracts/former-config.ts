/** Where the value of a former key stands now. */
type Now =
  /** Under this key of the run config. `values` translates those that are spelled otherwise now. */
  | { key: string; values?: Readonly<Record<string, string>> }
  /** In machine.yaml, under this key: in a run config it has no effect any more. */
  | { machine: string }

export interface FormerKey {
  /** The key as run configs of the version before this one have it: keys from the top, with dots between. */
  former: string
  now: Now
}

/** A former key that was found, and a sentence for the person who wrote it. */
export interface MovedKey {
  path: string
  sentence: string
}

/**
 * Keys that run configs of the version before this one may have. They are read for one version: a row goes with the
 * version after the one that brought it. Rows apply from top to bottom.
 */
export const formerKeys: readonly FormerKey[] = [
  { former: 'rollout.glassBox', now: { key: 'rollout.traceShare' } },
  { former: 'curriculum.estimate', now: { key: 'curriculum.answers' } },
  { former: 'curation.estimate', now: { key: 'curation.answers' } },
  { former: 'curation.duplicates.nearerThan', now: { key: 'curation.duplicates.bleuDistanceMin' } },
  { former: 'curation.yieldMin', now: { key: 'curation.tasksMin' } },
  {
    former: 'executor.reward.kind',
    now: { key: 'executor.reward.kind', values: { 'agrees-with-label': 'matches-label' } },
  },
  { former: 'executor.reward.otherwise', now: { key: 'executor.reward.mismatchReward' } },
  { former: 'evaluation.labelProbe', now: { key: 'evaluation.labelCheck' } },
  { former: 'model.engine', now: { machine: 'modelServer.engine and modelServer.urls' } },
  { former: 'model.samplesMax', now: { machine: 'modelServer.samplesMax' } },
  { former: 'sandbox.memo', now: { machine: 'sandbox.memo' } },
  { former: 'store.durability', now: { machine: 'store.durability' } },
  { former: 'alerts.onAlert', now: { machine: 'alerts.onAlert' } },
]

type Section = Readonly<Record<string, unknown>>

const isSection = (value: unknown): value is Section =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const valueAt = (root: unknown, path: readonly string[]): unknown =>
  path.reduce<unknown>((value, key) => (isSection(value) ? value[key] : undefined), root)

/** `root` without the value at `path`, and without the sections that are empty then. */
function without(root: Section, [key, ...below]: readonly string[]): Section {
  const { [key!]: child, ...others } = root
  if (below.length === 0 || !isSection(child)) return others
  const left = without(child, below)
  return Object.keys(left).length === 0 ? others : { ...root, [key!]: left }
}

function withValue(root: Section, [key, ...below]: readonly string[], value: unknown): Section {
  if (below.length === 0) return { ...root, [key!]: value }
  const child = root[key!]
  return { ...root, [key!]: withValue(isSection(child) ? child : {}, below, value) }
}

/** A key of `root` in its present place; null if it does not stand there in its former form. */
function move(root: Section, { former, now }: FormerKey): { root: Section; sentence: string } | null {
  const from = former.split('.')
  const value = valueAt(root, from)
  if (value === undefined) return null
  if ('machine' in now) {
    const sentence = `${former} moved to machine.yaml (${now.machine}); this file's value is ignored`
    return { root: without(root, from), sentence }
  }
  const translation = typeof value === 'string' ? now.values?.[value] : undefined
  if (now.key === former) {
    if (translation === undefined) return null
    const sentence = `${former}: ${value as string} is now called ${translation}`
    return { root: withValue(root, from, translation), sentence }
  }
  const to = now.key.split('.')
  // Which of the two is meant, a person must say: the former one stays, and is refused as a key that does not exist.
  if (valueAt(root, to) !== undefined) return null
  return {
    root: withValue(without(root, from), to, translation ?? value),
    sentence: `${former} is now called ${now.key}`,
  }
}

/**
 * A run config as this version writes it, from one that may be of the version before: what was renamed has its new name,
 * what belongs to the machine now is left out. Each such key is named with a sentence.
 */
export function readFormerConfig(
  value: unknown,
  keys: readonly FormerKey[] = formerKeys,
): { value: unknown; moved: MovedKey[] } {
  if (!isSection(value)) return { value, moved: [] }
  const moved: MovedKey[] = []
  let root = value
  for (const key of keys) {
    const result = move(root, key)
    if (result === null) continue
    root = result.root
    moved.push({ path: key.former, sentence: result.sentence })
  }
  return { value: root, moved }
}

/**
 * Keys that came with this version, and the value that stands for what runs did before: a run that began then goes on as it began. A run
 * that begins now has the defaults.
 */
export const valuesOfFormerRuns: Readonly<Record<string, unknown>> = {
  'rollout.toolCalls': 'exact',
  'rollout.stopTokens': 'none',
  'curation.abstainedMax': 'none',
  'curriculum.reward.uncertainty.abstentions': 'paid',
}

/** Sections that every resolved config has. */
const SECTIONS = ['model', 'prompts', 'rollout', 'curriculum', 'curation', 'executor', 'evaluation', 'alerts']

/** A resolved config with the keys that it lacks because it is older than they are. What a person wrote, a few lines, stays as it is. */
export function withFormerValues(value: unknown, values = valuesOfFormerRuns): unknown {
  if (!isSection(value) || !SECTIONS.every((section) => isSection(value[section]))) return value
  let root = value
  for (const [key, former] of Object.entries(values)) {
    const path = key.split('.')
    if (valueAt(root, path) === undefined) root = withValue(root, path, former)
  }
  return root
}

/** A config that was resolved by this version or by the one before, as in a history, in the form of this version. */
export function currentConfig<Config>(config: Config): Config {
  return withFormerValues(readFormerConfig(config).value) as Config
}
