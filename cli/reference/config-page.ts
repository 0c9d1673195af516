import { z } from 'zod'
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

function tableOf(rows: readonly Row[]): string {
  const lines = rows.map(({ key, allowed, byDefault, meaning }) =>
    ['', key, allowed, byDefault, meaning, ''].map(cell).join(' | ').trim(),
  )
  return ['| Key | Allowed | Default | Meaning |', '| --- | --- | --- | --- |', ...lines].join('\n')
}

/** A heading and a table for each section of a config, the keys outside all sections first. */
function sectionsOf({ properties = {}, ...root }: SchemaNode): string[] {
  const rows = new SchemaRows()
  const entries = Object.entries(properties)
  const loose = Object.fromEntries(entries.filter(([, node]) => node.properties === undefined))
  const sections = entries.filter(([, node]) => node.properties !== undefined)
  return [
    `### Top level\n\n${tableOf(rows.of({ ...root, properties: loose }, ''))}`,
    ...sections.map(
      ([name, node]) => `### ${name}\n\n${linked(node.description ?? '')}\n\n${tableOf(rows.of(node, `${name}.`))}`,
    ),
  ]
}

/** docs/reference/config.md: every key of a run config, as its schema describes it. */
export function configPage(): string {
  const schema = z.toJSONSchema(RunConfig, { io: 'input' }) as SchemaNode
  return `${[HEAD.trim(), ...sectionsOf(schema)].join('\n\n')}\n`
}
