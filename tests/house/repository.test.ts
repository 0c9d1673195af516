import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { configFiles } from '../support/config-files.ts'
import { repositoryFiles, ROOT, type SourceFile } from '../support/repository.ts'

const LOCKS = /(requirements|overrides)[^/]*\.(txt|in)$|\.lock$|-lock\.json$|go\.(mod|sum)$/

/** Lock and requirements files name versions and hashes; where to download from is the machine's business. */
function downloadAddresses(files: readonly SourceFile[]): string[] {
  return files.flatMap((file) => {
    const found =
      /"resolved"|(https?:|git\+|ssh:)\/\/(?!docs\.|github\.com\/sponsors|opencollective)[^\s"']+|--(extra-)?index-url|--find-links/.exec(
        file.path.endsWith('package-lock.json')
          ? file.text.replaceAll(/"(url|funding)": ("[^"]*"|\[[^\]]*\])/g, '')
          : file.text,
      )
    return found === null ? [] : [`${file.path}: holds a download address (${found[0]}): run npm run setup:lock`]
  })
}

/** The commands that a README tells its reader to type and that package.json lacks. */
function missingCommands(readme: string, scripts: Record<string, string>): string[] {
  const named = [...readme.matchAll(/npm (?:run ([\w:-]+)|(test)\b)/g)].map((match) => match[1] ?? match[2]!)
  const missing = [...new Set(named)]
    .filter((name) => !(name in scripts))
    .map((name) => `README: npm run ${name} does not exist`)
  const absent = ['quickstart', 'test']
    .filter((name) => !named.includes(name))
    .map((name) => `README does not name npm ${name}`)
  return [...missing, ...absent]
}

const scripts = (JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: Record<string, string> })
  .scripts
const readme = readFileSync(join(ROOT, 'README.md'), 'utf8')

test('no lock or requirements file holds a download address', () => {
  const files = repositoryFiles(['']).filter(({ path }) => LOCKS.test(path))
  expect(files.length).toBeGreaterThanOrEqual(4)
  expect(downloadAddresses(files)).toEqual([])
})

test.each([
  { path: 'package-lock.json', text: '"resolved": "x"' },
  { path: 'ml/requirements.txt', text: 'six @ https://example.org/six.whl' },
  { path: 'ml/requirements-extra.txt', text: '--index-url something' },
])('planted, caught: an address in $path', (file) => {
  expect(LOCKS.test(file.path)).toBe(true)
  expect(downloadAddresses([file])).toHaveLength(1)
})

test('every npm command of the README exists, the two first of all', () => {
  expect(missingCommands(readme, scripts)).toEqual([])
})

test('planted, caught: a README whose commands do not exist, or that does not name the two', () => {
  expect(missingCommands('npm run quickstart, then npm test', { test: '' })).toEqual([
    'README: npm run quickstart does not exist',
  ])
  expect(missingCommands('npm run quickstart', { quickstart: '' })).toEqual(['README does not name npm test'])
})

test('every npm script that runs a file runs one that exists', () => {
  const named = Object.values(scripts).flatMap((script) =>
    [...script.matchAll(/node (\S+\.(?:mjs|ts))/g)].map((match) => match[1]!),
  )
  expect(named.filter((path) => !existsSync(join(ROOT, path)))).toEqual([])
})

/** What lies in configs/ and no test loads, because it is not in a format that a config can have. */
function unloadedConfigs(inConfigs: readonly string[], loaded: readonly string[]): string[] {
  return inConfigs
    .filter((path) => !loaded.includes(path) && !path.endsWith('README.md'))
    .map((path) => `${path}: no test loads it`)
}

test('every file in configs/ is loaded by a test', () => {
  const inConfigs = repositoryFiles([''])
    .map((file) => file.path)
    .filter((path) => path.startsWith('configs/'))
  const loaded = configFiles().map((file) => file.path)
  expect(loaded).not.toEqual([])
  expect(unloadedConfigs(inConfigs, loaded)).toEqual([])
  expect(unloadedConfigs([...inConfigs, 'configs/forgotten.toml'], loaded)).toEqual([
    'configs/forgotten.toml: no test loads it',
  ])
})
