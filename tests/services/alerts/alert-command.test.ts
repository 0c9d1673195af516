import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { runAlertCommand } from '../../../services/alerts/alert-command.ts'
import { eventually } from '../../support/supervised.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const alert = {
  run: 'tiny',
  kind: 'disk',
  subject: '/store',
  where: 'tiny/iter-001',
  wrong: 'no "room"; $HOME is full',
  advice: 'make room',
  raisedAt: '2026-11-26T12:34:56.789Z',
} as const

const never = new AbortController().signal
const isAlive = (pid: number) => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

test('a command is told of the alert on its standard input and by variables', async () => {
  const file = join(temporaryFolder(), 'told')
  const command = `cat > ${file}; echo "$AGENT0_ALERT_RUN $AGENT0_ALERT_KIND $AGENT0_ALERT_WRONG $AGENT0_ALERT_RAISED_AT" >> ${file}`
  expect(await runAlertCommand(command, alert, never)).toBeNull()
  expect(readFileSync(file, 'utf8')).toBe(
    `${JSON.stringify(alert)}\ntiny disk no "room"; $HOME is full 2026-11-26T12:34:56.789Z\n`,
  )
})

test('a command that reads nothing and leaves something in the background is over when it ends', async () => {
  const began = performance.now()
  expect(await runAlertCommand('sleep 5 & exit 0', alert, never)).toBeNull()
  expect(performance.now() - began).toBeLessThan(4_000)
})

test.each([
  ['a command that fails', 'echo sorry >&2; exit 3', 'it ended with 3: sorry'],
  ['a command that there is not', 'no-such-command', expect.stringMatching(/^it ended with 127: .*no-such-command/)],
])('of %s it is said how it failed', async (_what, command, problem) => {
  expect(await runAlertCommand(command, alert, never)).toEqual(problem)
})

test.each([
  ['its time is over', false, 1, 'it took more than 1 s'],
  ['its worker is told to stop', true, 30, expect.stringMatching(/^it ended with /)],
])(
  'when %s a command is ended, with all that it has started',
  async (_when, isStopped, seconds, problem) => {
    const file = join(temporaryFolder(), 'pids')
    const command = `sleep 60 & echo "$! $$" > ${file}; wait`
    const stop = new AbortController()
    const over = runAlertCommand(command, alert, stop.signal, seconds)
    await eventually('it runs', () => existsSync(file) && readFileSync(file, 'utf8').endsWith('\n'))
    if (isStopped) stop.abort()
    expect(await over).toEqual(problem)
    const pids = readFileSync(file, 'utf8').trim().split(' ').map(Number)
    expect(pids).toHaveLength(2)
    await eventually('all are gone', () => !pids.some(isAlive), 5_000)
  },
  20_000,
)

test('a command whose worker has been stopped already is ended at once', async () => {
  expect(await runAlertCommand('sleep 60', alert, AbortSignal.abort())).toMatch(/^it ended with /)
})

test.each([
  ['a NUL', 'a\0b', /^a␀b$/],
  ['half a character', 'a\ud800b', /^a\ufffdb$/],
  ['an escape sequence', 'a\u001b[2Jb', /^a␛\[2Jb$/],
  ['many megabytes', 'x'.repeat(10_000_000), /^x{1000,}.* 10000000 characters in all .*x{1000,}$/],
])('a command is run for an alert that holds %s', async (_name, wrong, expected) => {
  const file = join(temporaryFolder(), 'told')
  expect(await runAlertCommand(`printf %s "$AGENT0_ALERT_WRONG" > ${file}`, { ...alert, wrong }, never)).toBeNull()
  const told = readFileSync(file, 'utf8')
  expect(told).toMatch(expected)
})

test.each([['exit 0 # \0'], [`exit 0 # ${'x'.repeat(3_000_000)}`]])(
  'a command that cannot be started is a sentence, never an error that is thrown',
  async (command) => {
    expect(await runAlertCommand(command, alert, never)).toMatch(/^it did not start: /)
  },
)
