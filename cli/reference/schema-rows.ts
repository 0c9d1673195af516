/** The parts of a JSON schema that a row of the reference reads. */
export interface SchemaNode {
  type?: string
  description?: string
  default?: unknown
  /** The key from which the default is taken, where it is not a constant. */
  defaultFrom?: string
  const?: unknown
  enum?: unknown[]
  minimum?: number
  maximum?: number
  exclusiveMinimum?: number
  exclusiveMaximum?: number
  items?: SchemaNode
  anyOf?: SchemaNode[]
  oneOf?: SchemaNode[]
  properties?: Record<string, SchemaNode>
  required?: string[]
}

/** A row of the reference: Markdown for each cell. */
export interface Row {
  key: string
  allowed: string
  byDefault: string
  meaning: string
}

const code = (value: unknown) => `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``

function numberText(value: number): string {
  return value !== 0 && Math.abs(value) < 1e-3 ? value.toExponential() : String(value)
}

/** `1 to 64`, `> 0, ≤ 2`; bounds that every safe integer keeps are left out. */
function rangeText({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: SchemaNode): string {
  const low = minimum !== undefined && minimum > Number.MIN_SAFE_INTEGER ? `≥ ${numberText(minimum)}` : ''
  const high = maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER ? `≤ ${numberText(maximum)}` : ''
  if (low !== '' && high !== '') return `${numberText(minimum!)} to ${numberText(maximum!)}`
  const above = exclusiveMinimum === undefined ? '' : `> ${numberText(exclusiveMinimum)}`
  const below = exclusiveMaximum === undefined ? '' : `< ${numberText(exclusiveMaximum)}`
  return [low, above, high, below].filter((bound) => bound !== '').join(', ')
}

function allowedText(node: SchemaNode): string {
  if (node.const !== undefined) return code(node.const)
  if (node.enum) return node.enum.map(code).join(', ')
  if (node.anyOf) return node.anyOf.map(allowedText).join(' or ')
  if (node.type === 'boolean') return '`true`, `false`'
  if (node.type === 'array') return `list of: ${allowedText(node.items ?? {})}`
  if (node.type === 'string') return 'text'
  return `${node.type === 'integer' ? 'whole number' : 'number'} ${rangeText(node)}`.trim()
}

function defaultText(node: SchemaNode, isRequired: boolean): string {
  if (node.defaultFrom !== undefined) return code(node.defaultFrom)
  if (node.default === undefined) return isRequired ? 'required' : ''
  if (typeof node.default === 'string' && node.default.includes('\n')) return 'a text of several lines'
  if (typeof node.default === 'number') return numberText(node.default)
  // A path is quoted: it names a file that the reader provides, not one of this project.
  const isPath = typeof node.default === 'string' && node.default.includes('/')
  return code(isPath ? JSON.stringify(node.default) : node.default)
}

const kindOf = (variant: SchemaNode) => String(variant.properties?.['kind']?.const)
const isSection = (node: SchemaNode) => node.properties !== undefined || node.oneOf !== undefined

/** What a section or union is made of, without its defaults and its own description. */
function shapeOf({ description: _description, default: _default, ...node }: SchemaNode): string {
  return JSON.stringify(node, (key, value: unknown) => (key === 'default' ? undefined : value))
}

/** Every key below a node with its default, variants one after the other. */
function defaultsBelow(node: SchemaNode, path = ''): [key: string, byDefault: string][] {
  if (node.oneOf) {
    const kind = (node.default as { kind?: string } | undefined)?.kind ?? ''
    return [[`${path}kind`, code(kind)], ...node.oneOf.flatMap((variant) => defaultsBelow(variant, path))]
  }
  const keys = Object.entries(node.properties ?? {}).filter(([key]) => key !== 'kind')
  return keys.flatMap(([key, child]): [string, string][] =>
    isSection(child) ? defaultsBelow(child, `${path}${key}.`) : [[`${path}${key}`, defaultText(child, false)]],
  )
}

/** Writes the rows of one config; what has the same keys as an earlier section refers to it. */
export class SchemaRows {
  readonly #seen = new Map<string, { path: string; node: SchemaNode }>()

  /** The rows of a section's keys. @param path of the section, from the top: `curriculum.` */
  of(section: SchemaNode, path: string, below = ''): Row[] {
    return Object.entries(section.properties ?? {}).flatMap(([key, node]) =>
      this.#rowsOf(node, path, `${below}${key}`, section.required?.includes(key) === true),
    )
  }

  #rowsOf(node: SchemaNode, path: string, key: string, isRequired: boolean): Row[] {
    const meaning = node.description ?? ''
    if (!isSection(node)) {
      return [{ key: code(key), allowed: allowedText(node), byDefault: defaultText(node, isRequired), meaning }]
    }
    const shape = shapeOf(node)
    const earlier = this.#seen.get(shape)
    if (earlier !== undefined) return [this.#reference(node, key, earlier)]
    this.#seen.set(shape, { path: `${path}${key}`, node })
    if (node.oneOf) return this.#unionRows(node, path, key)
    return [{ key: code(key), allowed: 'section', byDefault: '', meaning }, ...this.of(node, path, `${key}.`)]
  }

  /** One row for a section that has the keys of an earlier one: only other defaults are named. */
  #reference(node: SchemaNode, key: string, earlier: { path: string; node: SchemaNode }): Row {
    const before = defaultsBelow(earlier.node)
    const changed = defaultsBelow(node).filter(([, byDefault], index) => before[index]![1] !== byDefault)
    const byDefault = changed.map(([name, value]) => `${code(name)} ${value}`).join(', ')
    const allowed = `as ${code(earlier.path)}`
    return { key: code(key), allowed, byDefault: byDefault || 'the same', meaning: node.description ?? '' }
  }

  /** The `kind` with what each of its values means, then the keys of the variants; a key that several have stands once. */
  #unionRows({ oneOf = [], description = '', default: byDefault }: SchemaNode, path: string, key: string): Row[] {
    const meanings = oneOf.map((variant) => `${code(kindOf(variant))}: ${variant.description ?? ''}`)
    const kind = (byDefault as { kind?: string } | undefined)?.kind
    const row: Row = {
      key: code(`${key}.kind`),
      allowed: oneOf.map((variant) => code(kindOf(variant))).join(', '),
      byDefault: kind === undefined ? 'required' : code(kind),
      meaning: [description, ...meanings].join('<br>'),
    }
    const keys = new Map<string, { row: Row; kinds: string[] }>()
    for (const variant of oneOf) {
      const { kind: _kind, ...properties } = variant.properties ?? {}
      for (const found of this.of({ ...variant, properties }, path, `${key}.`)) {
        const same = JSON.stringify(found)
        const entry = keys.get(same) ?? { row: found, kinds: [] }
        keys.set(same, { ...entry, kinds: [...entry.kinds, kindOf(variant)] })
      }
    }
    const rows = [...keys.values()].map(({ row: each, kinds }) =>
      kinds.length === oneOf.length ? each : { ...each, meaning: `For ${kinds.map(code).join(', ')}. ${each.meaning}` },
    )
    return [row, ...rows]
  }
}
