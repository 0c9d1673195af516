import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { backoffMs } from '../../../infra/supervisor/backoff.ts'
import { endProcess, identify, isAlive, MARK_VARIABLE, membersOf } from '../../../host/process-identity.ts'
import type { Service } from '../../../infra/supervisor/service.ts'
import { readReport } from '../../../infra/supervisor/state-file.ts'
import { defaultTimes } from '../../../infra/supervisor/supervised-service.ts'
import { type Supervisor, supervise } from '../../../infra/supervisor/supervisor.ts'
import { eventually } from '../../support/supervised.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const times = { ...defaultTimes, healthPollStartingMs: 10, healthPollMs: 20, hangAfterMs: 200, stopGraceMs: 500 }
const running: Supervisor[] = []

afterEach(async () => {
  await Promise.all(running.splice(0).map((supervisor) => supervisor.stop()))
})

function shell(name: string, script: string, more: Partial<Service> = {}): Service {
  const command = { file: 'sh', args: ['-c', script] }
  return { name, address: '', after: [], ports: [], command, checkHealth: async () => {}, ...more }
}

function start(...table: Service[]) {
  const folder = temporaryFolder()
  const lines: string[] = []
  const supervisor = supervise(table, folder, (line) => lines.push(line), times)
  running.push(supervisor)
  const service = (name: string) => readReport(folder)!.services.find((one) => one.name === name)!
  return { folder, lines, supervisor, service }
}

test('a service starts only when those before it are healthy, and stops before them', async () => {
  let ready = false
  const first = shell('first', 'sleep 60', {
    checkHealth: async () => (ready ? undefined : Promise.reject(new Error('not yet'))),
  })
  const { lines, service, supervisor } = start(first, shell('second', 'sleep 60', { after: ['first'] }))
  await eventually('first runs', () => service('first').state === 'starting')
  expect(service('second').state).toBe('waiting')
  ready = true
  await eventually('second is healthy', () => service('second').state === 'healthy')
  await supervisor.stop()
  expect(lines.indexOf('second: stopped')).toBeLessThan(lines.indexOf('first: stopping'))
})

test('a service that ends by itself is started again, its ends are counted and its reason is told', async () => {
  const { lines, service } = start(shell('short', 'echo one life; exit 3'))
  await eventually('two restarts', () => service('short').restarts >= 2)
  expect(lines).toContain('short: restarting (ended with exit code 3)')
})

test('what a service prints is in its log', async () => {
  const { folder } = start(shell('loud', 'echo to stdout; echo to stderr >&2; sleep 60'))
  const file = join(folder, 'logs', 'loud.log')
  const log = () => (existsSync(file) ? readFileSync(file, 'utf8') : '')
  await eventually('both lines are logged', () => log().split('\n').length > 2)
  expect(log().split('\n').toSorted()).toEqual(['', 'to stderr', 'to stdout'])
})

test('a service that hangs is ended and started again', async () => {
  let answers = true
  const hanging = shell('hanging', 'sleep 60', {
    checkHealth: async () => (answers ? undefined : Promise.reject(new Error('no answer'))),
  })
  const { lines, service } = start(hanging)
  await eventually('healthy', () => service('hanging').state === 'healthy')
  answers = false
  await eventually('ended', () => service('hanging').restarts === 1)
  expect(lines).toContain('hanging: unhealthy (no answer)')
})

const STARTS_WITHIN_MS = 200

test('a service that says it is starting is waited for, however long it takes', async () => {
  const began = performance.now()
  const isReady = () => performance.now() - began > 4 * STARTS_WITHIN_MS
  const checkHealth = async () => (isReady() ? undefined : 'starting')
  const { service, lines } = start(shell('large', 'sleep 60', { checkHealth, startsWithinMs: STARTS_WITHIN_MS }))
  await eventually('healthy', () => service('large').state === 'healthy')
  expect(service('large').restarts).toBe(0)
  expect(lines).toEqual(['large: starting', 'large: healthy'])
})

test('a service that was starting and then says nothing is ended and started again', async () => {
  let asked = 0
  const checkHealth = async () => {
    if (++asked < 3) return 'starting' as const
    throw new Error('no answer')
  }
  const { service, lines } = start(shell('stuck', 'sleep 60', { checkHealth, startsWithinMs: STARTS_WITHIN_MS }))
  await eventually('ended', () => service('stuck').restarts === 1)
  expect(lines).not.toContain('stuck: healthy')
})

test('a service that ignores SIGTERM is killed after its grace', async () => {
  const { service, supervisor } = start(shell('deaf', `trap '' TERM; while :; do sleep 0.1; done`))
  await eventually('healthy', () => service('deaf').state === 'healthy')
  const identity = service('deaf').process!
  await supervisor.stop()
  expect(isAlive(identity)).toBe(false)
})

test('what a service has started itself ends with it', async () => {
  const { folder, service, supervisor } = start(shell('parent', 'sleep 61 & echo child $!; wait'))
  const log = () => readFileSync(join(folder, 'logs', 'parent.log'), 'utf8')
  await eventually('the child is known', () => service('parent').state === 'healthy' && /child \d+/.test(log()))
  const child = identify(Number(/child (\d+)/.exec(log())![1]))!
  await supervisor.stop()
  expect(isAlive(child)).toBe(false)
})

test('a service that somebody else runs is watched and never started', async () => {
  const { command: _, ...outsider } = shell('outsider', '')
  const { service } = start(outsider)
  await eventually('healthy', () => service('outsider').state === 'healthy')
  expect(service('outsider').process).toBeUndefined()
})

test('a pid that is used again is another process', () => {
  const us = identify(process.pid)!
  expect(isAlive(us)).toBe(true)
  expect(isAlive({ ...us, startTicks: us.startTicks - 1 })).toBe(false)
})

test('a process of another boot, or of a container that was here before, is never ours to end', async () => {
  const leader = spawn('sleep', ['63'], { detached: true })
  const life = identify(leader.pid!)!
  const elsewhere = { ...life, world: 'a boot before this one/4026531836' }
  expect(isAlive(elsewhere)).toBe(false)
  expect(membersOf(elsewhere)).toEqual([])
  await endProcess(elsewhere, times.stopGraceMs)
  expect(isAlive(life)).toBe(true)
  await endProcess(life, times.stopGraceMs)
})

test('the pause before a start grows from none over 0.5 s to 30 s and no further', () => {
  expect([0, 1, 2, 3, 7, 1_000].map(backoffMs)).toEqual([0, 500, 1_000, 2_000, 30_000, 30_000])
})

test('where the next life waits for the lock, it is at work as soon as the present one is dead, and another waits', async () => {
  const script = 'exec 9<>"$AGENT0_LOCK"; flock 9; echo "$$ works"; exec sleep 64'
  const command = { file: 'sh', args: ['-c', script], waitsForLock: true }
  // Healthy once it works, as a service is: the next one is started only then, and cannot be first.
  let log = ''
  const atWork = () => [...readFileSync(log, 'utf8').matchAll(/^(\d+) works$/gm)].map(([, pid]) => Number(pid))
  const checkHealth = async () => {
    if (atWork().length === 0) throw new Error('nobody works yet')
  }
  const { service, folder, supervisor } = start(shell('patient', '', { command, checkHealth }))
  log = join(folder, 'logs', 'patient.log')
  await eventually('one works and one waits', () => service('patient').spare !== undefined)
  const [first, spare] = [service('patient').process!, service('patient').spare!]
  expect(atWork()).toEqual([first.pid])
  process.kill(first.pid, 'SIGKILL')
  await eventually('the other works', () => atWork().length === 2 && service('patient').state === 'healthy')
  expect(atWork()).toEqual([first.pid, spare.pid])
  expect(service('patient')).toMatchObject({ process: spare, restarts: 1 })
  await eventually('a third waits', () => service('patient').spare !== undefined)
  const third = service('patient').spare!
  expect(third.pid).not.toBe(spare.pid)
  await supervisor.stop()
  expect([first, spare, third].filter(isAlive)).toEqual([])
  expect(atWork()).toHaveLength(2) // the end of the second was no beginning of the third
})

describe('a group whose leader is gone', () => {
  const MARK = 'a life of ours'
  /** A leader that has started two processes, and was killed. */
  async function orphans(env: NodeJS.ProcessEnv) {
    const leader = spawn('sh', ['-c', 'sleep 61 & sleep 62 & wait'], {
      detached: true,
      env: { ...process.env, ...env },
    })
    const life = identify(leader.pid!, MARK)!
    await eventually('both are started', () => membersOf(life).length === 3)
    const members = membersOf(life).filter(({ pid }) => pid !== life.pid)
    leader.kill('SIGKILL')
    await eventually('the leader is gone', () => !existsSync(`/proc/${life.pid}`))
    return { life, members }
  }

  test('ends, what the leader has started, when the leader is ended that is no more', async () => {
    const { life, members } = await orphans({ [MARK_VARIABLE]: MARK })
    expect(membersOf(life)).toEqual(members)
    await endProcess(life, times.stopGraceMs)
    expect(members.filter(isAlive)).toEqual([])
  })

  test.each([
    ['no mark', {}],
    ['the mark of another life', { [MARK_VARIABLE]: 'another life' }],
  ])('is left alone where it is a stranger’s under the same number, however young: %s', async (_what, env) => {
    const { life, members } = await orphans(env)
    for (const ours of [life, { ...life, startTicks: 0 }]) {
      expect(membersOf(ours)).toEqual([])
      await endProcess(ours, times.stopGraceMs)
    }
    expect(members.filter(isAlive)).toHaveLength(2)
    for (const { pid } of members) process.kill(pid)
  })

  test('of a service: what the supervisor starts bears the mark that its report names', async () => {
    const { service } = start(shell('marked', 'sleep 65 & wait'))
    await eventually('healthy', () => service('marked').state === 'healthy')
    const { process: life } = service('marked')
    const environment = readFileSync(`/proc/${life!.pid}/environ`, 'latin1').split('\0')
    expect(environment).toContain(`${MARK_VARIABLE}=${life!.mark}`)
    expect(life!.mark).toMatch(/^[0-9a-f-]{36}$/)
  })
})
