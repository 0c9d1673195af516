/** One measured number. */
export interface Figure {
  name: string
  value: number
  unit: string
}

/** The figures as a Markdown table, three significant digits. */
export function table(figures: readonly Figure[]): string {
  const rows = figures.map(({ name, value, unit }) => `| ${name} | ${Number(value.toPrecision(3))} | ${unit} |`)
  return ['| what | value | unit |', '|---|---|---|', ...rows].join('\n')
}

/** The middle one of an odd number of values. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!
}

/** What a bench may use: `reference` is the Python of set-up, with the implementations that ours is compared with. */
export interface BenchOptions {
  reference: string
  /** `--url`: a model server to measure. */
  url?: string
  /** `--base`: folder of a base model. */
  base?: string
  /** `--trl`: a folder with TRL in it. */
  trl?: string
  /** `--victims`: kinds of process to kill, with commas between; all unless given. */
  victims?: string
  /** `--config` and `--every`: the run that is disturbed, and seconds from kill to kill. */
  config?: string
  every?: string
  /** `--before`: a revision to compare with. */
  before?: string
  /** `--model`, `--prompts`, `--proposals`, `--samples`, `--temperature`, `--top-p`: whom to give which prompts, and how much to sample. */
  model?: string
  prompts?: string
  proposals?: string
  samples?: string
  temperature?: string
  'top-p'?: string
  /** `--keep`: a folder for the texts, so that they can be read. */
  keep?: string
  /** `--pairs`: a folder of labelled pairs, as JSON lines. */
  pairs?: string
}
