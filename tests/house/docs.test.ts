import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { repositoryFiles, ROOT, type SourceFile } from '../support/repository.ts'
import { anchorOf, expanded, type Mention, mentionsOf } from './mentions.ts'

/** A command of `agent0`: its options, and the commands inside it. */
interface CommandShape {
  name: string
  options: string[]
  commands: CommandShape[]
}

/** What a mention is held against. */
interface House {
  /** Every file, and the folders that they lie in, with a last slash. */
  paths: ReadonlySet<string>
  /** Names of files, wherever they lie. */
  names: ReadonlySet<string>
  /** Text by path, of the pages. */
  pages: ReadonlyMap<string, string>
  scripts: ReadonlySet<string>
  program: CommandShape
}

/** History: what these pages name was there when they were written. Their links must work all the same. */
const HISTORY = /^docs\/(log\.md|decisions\/)/
// Files that hold planted mistakes, and recordings of what was said once.
const EXEMPT = /^tests\/(house\/|histories\/.*\.json|cli\/)|^package-lock\.json$/

function folders(paths: readonly string[]): string[] {
  return paths.flatMap((path) => {
    const parts = path.split('/').slice(0, -1)
    return parts.map((_, index) => `${parts.slice(0, index + 1).join('/')}/`)
  })
}

/** The commands of the command line itself; in a process of its own, as Jest cannot load all that they import. */
function agent0Commands(): CommandShape {
  const source = `import { agent0Program } from './cli/program.ts'
    const shape = (command) => ({
      name: command.name(),
      options: command.options.flatMap(({ long, short }) => [long, short]).filter(Boolean),
      commands: command.commands.map(shape),
    })
    console.log(JSON.stringify(shape(agent0Program(() => {}))))`
  const args = ['--no-warnings', '--input-type=module', '-e', source]
  return JSON.parse(execFileSync(process.execPath, args, { cwd: ROOT, encoding: 'utf8' })) as CommandShape
}

function houseOf(files: readonly SourceFile[], scripts: readonly string[]): House {
  const paths = files.map(({ path }) => path)
  return {
    paths: new Set([...paths, ...folders(paths)]),
    names: new Set(paths.map((path) => posix.basename(path))),
    pages: new Map(files.flatMap(({ path, text }) => (path.endsWith('.md') ? [[path, text] as const] : []))),
    scripts: new Set(scripts),
    program: agent0Commands(),
  }
}

/** A path counts from the root or from the page's own folder; one that begins in neither, such as a run's, is not ours. */
function pathProblem({ paths, names }: House, from: string, path: string): string | null {
  const isThere = (one: string) => {
    if (!one.includes('*')) return paths.has(one) || paths.has(`${one}/`)
    const pattern = new RegExp(`^${one.replaceAll('.', '\\.').replaceAll('*', '[^/]*')}$`)
    return [...paths].some((known) => pattern.test(known))
  }
  const beside = `${posix.dirname(from)}/`
  // Other base models than the one that is shipped lie where a person puts them.
  if (/^models\/(?!tiny-world)/.test(path)) return null
  // A machine's own config, which git ignores.
  if (path === 'machine.yaml') return null
  const missing = expanded(path).filter((one) => {
    if (!one.includes('/')) return !names.has(one)
    const first = one.slice(0, one.indexOf('/') + 1)
    if (paths.has(first)) return !isThere(one) && !isThere(`${beside}${one}`)
    return paths.has(`${beside}${first}`) && !isThere(`${beside}${one}`)
  })
  return missing.length === 0 ? null : `there is no ${missing.join(', ')}`
}

function linkProblem({ paths, pages }: House, from: string, link: string): string | null {
  if (/^https?:/.test(link)) return null
  const [path, anchor] = link.split('#') as [string, string?]
  const target = path === '' ? from : posix.normalize(posix.join(posix.dirname(from), path))
  if (!paths.has(target) && !paths.has(`${target}/`)) return `the link ${link} leads nowhere`
  if (anchor === undefined) return null
  const headings = [...(pages.get(target) ?? '').matchAll(/^#+ (.*)$/gm)].map((match) => anchorOf(match[1]!))
  return headings.includes(anchor) ? null : `${target} has no heading #${anchor}`
}

/** Words behind `agent0`: a command, perhaps one inside it, and options. `a | b` and `[--x FILE]` are ways to write several. */
function commandProblem(program: CommandShape, words: string): string | null {
  const [first, ...rest] = words
    .replaceAll(/[[\]();,…\\]|\s(?:#|>|\|(?=\s\w+ -)).*$/g, ' ')
    .trim()
    .split(/[\s|]+/)
  const flags = rest.filter((word) => /^--?[a-z]/i.test(word)).map((word) => word.replace(/[=.:].*$/, ''))
  const find = ({ commands }: CommandShape, wanted: string | undefined) => commands.find(({ name }) => name === wanted)
  if (first === undefined || first.startsWith('-')) return optionProblem(program, [first ?? '', ...flags])
  if (/^[A-Z]+$/.test(first)) return null
  const command = find(program, first)
  if (command === undefined) return `agent0 has no command ${first}`
  const inner = command.commands.length === 0 ? command : find(command, rest[0])
  if (inner === undefined) return rest.length === 0 ? null : `agent0 ${first} has no command ${rest[0]}`
  return optionProblem(inner, flags)
}

function optionProblem({ name, options }: CommandShape, flags: readonly string[]): string | null {
  const unknown = flags.filter((flag) => ![...options, '--help', '-h'].includes(flag))
  return unknown.length === 0
    ? null
    : `${name === 'agent0' ? name : `agent0 ${name}`} has no option ${unknown.join(', ')}`
}

function problemOf(house: House, from: string, { kind, text }: Mention): string | null {
  switch (kind) {
    case 'path':
      return HISTORY.test(from) ? null : pathProblem(house, from, text)
    case 'link':
      return linkProblem(house, from, text)
    case 'script':
      return HISTORY.test(from) || house.scripts.has(text) ? null : `npm run ${text} does not exist`
    case 'command':
      return HISTORY.test(from) ? null : commandProblem(house.program, text)
  }
}

function problems(files: readonly SourceFile[], house: House): string[] {
  const roots = [...house.paths].filter((path) => /^[^/]+\/$/.test(path)).map((path) => path.slice(0, -1))
  const found = files.flatMap((file) =>
    mentionsOf(file, roots).flatMap((mention) => {
      const problem = problemOf(house, file.path, mention)
      return problem === null ? [] : [`${file.path}:${mention.line}: ${problem}`]
    }),
  )
  return [...new Set(found)]
}

const everything = repositoryFiles([''])
const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: Record<string, string> }
const house = houseOf(everything, Object.keys(scripts))
const readable = everything.filter(({ path }) => /\.(md|ts|mjs|py|ya?ml|in)$/.test(path) && !EXEMPT.test(path))

test('every path, link, npm script and agent0 command that a page, a comment or a message names exists', () => {
  expect(problems(readable, house)).toEqual([])
})

/** Commands and npm scripts that the list of them leaves out. */
function unlisted(page: string, { program, scripts: names }: Pick<House, 'program' | 'scripts'>): string[] {
  const wanted = [
    ...program.commands.flatMap(({ name, commands }) =>
      commands.length === 0 ? [`agent0 ${name}`] : commands.map((inner) => `agent0 ${name} ${inner.name}`),
    ),
    ...[...names].map((name) => (name === 'test' ? 'npm test' : `npm run ${name}`)),
  ]
  return wanted.filter((command) => !new RegExp(`${command}[ \`]`).test(page))
}

test('docs/reference/commands.md lists every agent0 command and npm script', () => {
  const page = house.pages.get('docs/reference/commands.md')!
  expect(unlisted(page, house)).toEqual([])
  expect(unlisted(page.replaceAll('agent0 set budget', 'agent0 set b'), house)).toEqual(['agent0 set budget'])
  expect(unlisted(page, { ...house, scripts: new Set(['forgotten']) })).toEqual(['npm run forgotten'])
})

/** A house with a page of its own, and what is said of a planted text in it. */
function planted(path: string, text: string): string[] {
  const file = { path, text }
  return problems([file], {
    ...house,
    paths: new Set([...house.paths, path]),
    pages: new Map([...house.pages, [path, text]]),
  })
}

test.each([
  ['docs/x.md', 'See `core/voting/vote.py`.', 'there is no core/voting/vote.py'],
  ['docs/x.md', 'See `core/{voting,cooking}/`.', 'there is no core/cooking/'],
  ['docs/x.md', 'See `core/voting/votes-*.ts`.', 'there is no core/voting/votes-*.ts'],
  ['docs/x.md', 'See `no-such-file.ts`.', 'there is no no-such-file.ts'],
  ['docs/x.md', '[a](gone.md)', 'the link gone.md leads nowhere'],
  ['docs/log.md', '[a](gone.md)', 'the link gone.md leads nowhere'],
  ['docs/x.md', '[a](benchmarks.md#no-such-heading)', 'docs/benchmarks.md has no heading #no-such-heading'],
  ['docs/x.md', '# A heading\n\n[a](#another)', 'docs/x.md has no heading #another'],
  ['README.md', 'Type `npm run everything`.', 'npm run everything does not exist'],
  ['docs/x.md', '```sh\nnpx agent0 begin FILE\n```', 'agent0 has no command begin'],
  ['docs/x.md', '`agent0 --verbose`', 'agent0 has no option --verbose'],
  ['docs/x.md', '`agent0 set speed 3`', 'agent0 set has no command speed'],
  ['docs/x.md', '`npx agent0 stop [RUN] --after-lunch`', 'agent0 stop has no option --after-lunch'],
  ['cli/x.ts', `throw new SetupProblem('run "agent0 begin" first')`, 'agent0 has no command begin'],
  ['core/x.ts', '// as in core/voting/elect.ts', 'there is no core/voting/elect.ts'],
  ['core/x.ts', `const advice = 'docs/gone.md'`, 'there is no docs/gone.md'],
  ['ml/x.py', '# see docs/gone.md', 'there is no docs/gone.md'],
])('planted in %s, caught: %s', (path, text, problem) => {
  expect(planted(path, text)).toEqual([expect.stringContaining(problem)])
})

test.each([
  ['docs/x.md', '`core/{voting,rewards}/`, `core/rewards/t*.ts`, `vote.ts`, `runs/NAME`, `agent0/RUN`, `checkpoints/`'],
  ['docs/design/x.md', '[a](../benchmarks.md#set-up-and-tests) [b](https://example.org/gone) [c](../decisions/)'],
  [
    'docs/x.md',
    '`npx agent0 set concurrency N --run RUN`, `agent0 up --only temporal`, `agent0 logs temporal -f`, `agent0 --version`',
  ],
  ['docs/x.md', '```\nagent0 is up:\n```'],
  ['docs/log.md', 'There was `core/cooking/` once, and `npm run everything`.'],
  ['core/x.ts', `import { vote } from '../core/cooking/vote.ts' // as core/voting/vote.ts`],
])('legal in %s: %s', (path, text) => {
  expect(planted(path, text)).toEqual([])
})
