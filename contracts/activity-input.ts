import { parseId } from './ids.ts'
import { Policy } from './policy.ts'
import { Digest } from './primitives.ts'
import { ArtifactReference } from './artifact-reference.ts'

// Whoever reaches the Temporal server can start an activity with any input. What of it becomes a path, a key or an address is checked
// here, by what it is called and made of, so that an input that is added later is checked too.

/** A chain of steps: `<run>-<role>`, as the trainer checks it. */
const LINEAGE = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/
const DEPTH_MAX = 32

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function idProblem(value: unknown): string | undefined {
  const parsed = typeof value === 'string' ? parseId(value) : { ok: false as const, problem: 'not a text' }
  return parsed.ok ? undefined : `not an id: ${parsed.problem}`
}

const digestProblem = (value: unknown) =>
  value === null || Digest.safeParse(value).success ? undefined : 'not the digest of a checkpoint'

/** Numbers stand under some of these names too: a step of a lineage, say. */
const ofText = (check: (value: unknown) => string | undefined) => (value: unknown) =>
  typeof value === 'number' || isObject(value) || Array.isArray(value) || value === null ? undefined : check(value)

/** By the name of a field. */
const NAMED: Readonly<Record<string, (value: unknown) => string | undefined>> = {
  run: idProblem,
  stage: idProblem,
  step: ofText(idProblem),
  id: idProblem,
  task: ofText(idProblem),
  lineage: (value) => (typeof value === 'string' && LINEAGE.test(value) ? undefined : 'not the name of a lineage'),
  parent: digestProblem,
  setAside: ofText(digestProblem),
}

/** A reference to an artifact names a blob of the store, and no other file. */
function referenceProblem(value: Record<string, unknown>): string | undefined {
  const { data } = ArtifactReference.safeParse(value)
  if (data === undefined) return 'not a reference to an artifact'
  const blob = `blobs/${data.sha256.slice(0, 2)}/${data.sha256}`
  return data.uri === blob || data.uri === `${blob}.zst` ? undefined : `a reference out of the store, to ${data.uri}`
}

/** What has an address and no digest is a policy. Its folder is one that the trainer has made of that checkpoint: model servers read what it names. */
function policyProblem(value: Record<string, unknown>): string | undefined {
  const { data } = Policy.safeParse(value)
  if (data === undefined) return 'not a policy'
  const isCheckpoint = data.uri === null || data.uri.replace(/\/+$/, '').endsWith(`/checkpoints/${data.checkpoint}`)
  return isCheckpoint && !/\/\.\.?\//.test(data.uri ?? '') ? undefined : `a policy out of the store, in ${data.uri}`
}

/**
 * What an activity must not be given: where in the input it stands, and what is wrong; undefined if nothing is. A whole config, which has
 * a schema of its own, is not looked into.
 */
export function inputProblem(value: unknown, path = 'input', depth = 0): string | undefined {
  if (depth > DEPTH_MAX) return `${path}: deeper than ${DEPTH_MAX}`
  if (Array.isArray(value))
    return firstProblem(
      value.map((each, index) => [`${path}[${index}]`, each]),
      depth,
    )
  if (!isObject(value)) return undefined
  const whole = 'sha256' in value ? referenceProblem(value) : 'uri' in value ? policyProblem(value) : undefined
  if (whole !== undefined) return `${path}: ${whole}`
  for (const [name, check] of Object.entries(NAMED)) {
    const problem = Object.hasOwn(value, name) ? check(value[name]) : undefined
    if (problem !== undefined) return `${path}.${name}: ${problem}`
  }
  const inner = Object.entries(value).filter(
    ([name, each]) => !(name === 'config' && isObject(each) && 'recipe' in each),
  )
  return firstProblem(
    inner.map(([name, each]) => [`${path}.${name}`, each]),
    depth,
  )
}

function firstProblem(
  entries: readonly (readonly [path: string, value: unknown])[],
  depth: number,
): string | undefined {
  for (const [path, value] of entries) {
    const problem = inputProblem(value, path, depth + 1)
    if (problem !== undefined) return problem
  }
  return undefined
}
