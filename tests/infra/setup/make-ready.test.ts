import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { execa } from 'execa'
import { TOOLS } from '../../../infra/setup/machine.mjs'
import { Machine } from '../../support/machine.ts'
import { ROOT } from '../../support/repository.ts'

// Real processes, on machines with other work.
jest.setTimeout(60_000)

/** Debian as it comes, with an apt-get that does what the test says; no engine. */
function debian(aptGet: string): Machine {
  const machine = new Machine(...Object.keys(TOOLS), 'sh', 'env', 'cat', 'chmod', 'dpkg-deb', 'true')
  machine.withCommand('python3', 'echo Python 3.11.2').withCommand('sudo', 'shift; exec "$@"')
  // Namespaces are for the machine's kernel to allow, and bubblewrap here is no program that could use them.
  machine.withCommand('unshare', 'exit 0')
  return machine.withCommand('apt-get', `echo "$@" >> ${machine.folder}/apt.log\n${aptGet}`)
}

const aptLog = (machine: Machine) => readFileSync(join(machine.folder, 'apt.log'), 'utf8').trim().split('\n')

/** What apt-get installs on such a machine. */
const BRINGS_BUBBLEWRAP = `case "$1" in install) echo '#!/bin/sh' > "\${0%/*}/bwrap"; chmod +x "\${0%/*}/bwrap";; esac`

test('a missing package is installed from fresh lists, once, and is named', async () => {
  const machine = debian(BRINGS_BUBBLEWRAP)
  const said = await machine.makeReady('sandbox')
  expect(said).toEqual([
    expect.stringMatching(/^… Machine: installing with apt-get: bubblewrap \(looked for \d/),
    expect.stringMatching(/^✓ Machine: .*, installed bubblewrap \(/),
  ])
  expect(aptLog(machine)).toEqual(['update', 'install -y --no-install-recommends bubblewrap'])
  expect(await machine.makeReady('sandbox')).toEqual([expect.stringMatching(/^✓ Machine: .*, nothing is missing \(/)])
})

test('an apt-get that installs nothing is called once, and the sentence says what is still missing', async () => {
  const machine = debian('exit 0')
  const said = await machine.makeReady('sandbox')
  expect(said.at(-1)).toMatch(/^✗ Nothing here can run model-written code: .*bubblewrap is not installed: /)
  expect(aptLog(machine)).toHaveLength(2)
})

test('an apt-get that fails: its own errors in one sentence, and the command to look at', async () => {
  const said = await debian('echo "E: Unable to locate package bubblewrap"; exit 100').makeReady('sandbox')
  expect(said.at(-1)).toMatch(
    /^✗ apt-get could not install bubblewrap: Unable to locate package bubblewrap\. Run "apt-get install bubblewrap"/,
  )
})

test('a lock that another package manager holds is waited for', async () => {
  const busy = `[ -e "$HOME/tried" ] || { cat < /dev/null > "$HOME/tried"; echo "E: Could not get lock /var/lib/apt/lists/lock"; exit 100; }`
  const machine = debian(`${busy}\n${BRINGS_BUBBLEWRAP}`)
  const said = await machine.makeReady('sandbox')
  expect(said[1]).toContain('another program is installing packages')
  expect(said[2]).toMatch(/^✓ Machine: /)
  expect(aptLog(machine)).toEqual(['update', 'update', 'install -y --no-install-recommends bubblewrap'])
})

test('where nothing can be installed, set-up stops with sentences and has begun nothing', async () => {
  const machine = new Machine('sh', 'cat')
  const main = join(ROOT, 'infra/setup/main.mjs')
  const { stdout, stderr, exitCode } = await execa(process.execPath, [main, 'quickstart'], {
    env: machine.env,
    extendEnv: false,
    reject: false,
  })
  expect(stderr).toBe('')
  expect(stdout.split('\n').filter((line) => !/^✗ [A-Z].*: .*\.$/.test(line))).toEqual([])
  expect(stdout).toContain('AGENT0_PYTHON')
  expect(readdirSync(machine.env['AGENT0_CACHE']!)).toEqual(['logs'])
  expect(exitCode).toBe(1)
})

test('a cache folder that cannot be made is named, with the variable that moves it', async () => {
  const machine = new Machine('sh', 'cat')
  writeFileSync(join(machine.folder, 'a-file'), '')
  machine.env['AGENT0_CACHE'] = join(machine.folder, 'a-file', 'cache')
  const said = await machine.makeReady('npm')
  expect(said.join('\n')).toMatch(/you may not write the cache folder .*a-file\/cache: name a folder .*AGENT0_CACHE/i)
})

test('a Node that is too old is told the command that brings a newer one, and nothing else is loaded', async () => {
  const machine = new Machine()
  const old = join(machine.folder, 'old.cjs')
  writeFileSync(old, `Object.defineProperty(process, 'versions', { value: { node: '18.20.4' } })`)
  const main = join(ROOT, 'infra/setup/main.mjs')
  const { stderr, stdout, exitCode } = await execa(process.execPath, ['--require', old, main, 'test'], {
    reject: false,
  })
  expect(stderr).toMatch(/^✗ Node 18\.20\.4 is too old.*"npx --yes --package=node@24 npm run test"/)
  expect(stdout).toBe('')
  expect(exitCode).toBe(1)
})
