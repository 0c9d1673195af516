import { z } from 'zod'
import { MachineConfig } from '../../contracts/machine-config.ts'
import { type MachineKey, machineVariables } from '../../contracts/machine-variables.ts'
import { RunConfig } from '../../contracts/run-config.ts'
import { type Row, type SchemaNode, SchemaRows } from './schema-rows.ts'

const HEAD = `# Config reference

<!-- Written by \`npm run docs:reference\` from the descriptions in contracts/: change them there. -->

## Run config

A run config is the experiment: a YAML file for \`agent0 start\`. Only \`name\` is required; a key that is left out has its default.
Keys are written with dots here: \`band.low\` under *curation* is

\`\`\`yaml
curation:
  band:
    low: 0.25
\`\`\`

\`extends: FILE\` starts from another file and overrides what this one sets; a section with another \`kind\` is replaced as a whole.
\`agent0 start FILE --set curation.band.low=0.25\` overrides a key for one run; with \`--dry-run\` it starts nothing and prints the
whole resolved config and what the run costs.

Sources of the defaults: [P] the paper (arXiv 2511.16043), [C] the authors' released code, [D] our choice. The presets
[paper.yaml](../../configs/paper.yaml), [code.yaml](../../configs/code.yaml) and [default.yaml](../../configs/default.yaml) spell
out every number side by side. *Algorithm §* is a section of [algorithm.md](../design/algorithm.md).
`

const linked = (text: string) => text.replaceAll(/\bdocs\/([\w/-]+\.md)/g, '[$1](../$1)')
const cell = (text: string) => linked(text).replaceAll('|', '\\|')

function tableOf(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(cell).join(' | ')} |`
  return [line(heads), line(heads.map(() => '---')), ...rows.map(line)].join('\n')
}

/** A heading and a table for each section of a config, the keys outside all sections first. */
function sectionsOf(
  { properties = {}, ...root }: SchemaNode,
  table: (rows: Row[], section: string) => string,
): string[] {
  const rows = new SchemaRows()
  const entries = Object.entries(properties)
  const loose = Object.fromEntries(entries.filter(([, node]) => node.properties === undefined))
  const sections = entries.filter(([, node]) => node.properties !== undefined)
  const top =
    Object.keys(loose).length === 0
      ? []
      : [`### Top level\n\n${table(rows.of({ ...root, properties: loose }, ''), '')}`]
  const titled = sections.map(
    ([name, node]) => `### ${name}\n\n${linked(node.description ?? '')}\n\n${table(rows.of(node, `${name}.`), name)}`,
  )
  return [...top, ...titled]
}

const runTable = (rows: readonly Row[]) =>
  tableOf(
    ['Key', 'Allowed', 'Default', 'Meaning'],
    rows.map(({ key, allowed, byDefault, meaning }) => [key, allowed, byDefault, meaning]),
  )

/** A machine's keys have a variable each. */
const machineTable = (rows: readonly Row[], section: string) =>
  tableOf(
    ['Key', 'Variable', 'Allowed', 'Default', 'Meaning'],
    rows.map(({ key, allowed, byDefault, meaning }) => {
      const { variable } = machineVariables[`${section}.${key.replaceAll('`', '')}` as MachineKey]
      return [key, variable, allowed, byDefault, meaning]
    }),
  )

const jsonSchema = (schema: z.ZodType) => z.toJSONSchema(schema, { io: 'input' }) as SchemaNode

/** docs/reference/config.md: every key of a run config and of machine.yaml, as its schema describes it. */
export function configPage(): string {
  const machine = jsonSchema(MachineConfig)
  const parts = [
    HEAD.trim(),
    ...sectionsOf(jsonSchema(RunConfig), runTable),
    `## Machine config\n\n${linked(machine.description ?? '')}`,
    ...sectionsOf(machine, machineTable),
  ]
  return `${parts.join('\n\n')}\n`
}
