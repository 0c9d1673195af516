import { HAS_FINISHED as EXIT_OF_START } from '../../../cli/start-command.ts'
import { CONFIG, HAS_FINISHED, quickstart, RUN } from '../../../infra/setup/quickstart.mjs'
import { configFile } from '../../support/presets.ts'

/** A machine on which these runs have finished, and commands end with these codes. */
function machine({
  finished = [] as string[],
  codes = {} as Record<string, number>,
  answer = undefined as string | undefined,
}) {
  const calls: string[] = []
  const printed: string[] = []
  const agent0 = async (...args: string[]) => {
    calls.push(args.join(' '))
    const [command, , , run = RUN] = args
    return command === 'start' && finished.includes(run) ? HAS_FINISHED : (codes[command!] ?? 0)
  }
  const ask = () => (answer === undefined ? undefined : Promise.resolve(answer))
  return { calls, printed, tools: { agent0, ask, print: (text: string) => void printed.push(text) } }
}

test('the names that set-up knows without packages are those of the config and of the command', () => {
  expect(CONFIG).toBe(`configs/${RUN}.yaml`)
  expect(configFile(RUN).written).toMatchObject({ name: RUN })
  expect(HAS_FINISHED).toBe(EXIT_OF_START)
})

test('the first time: up, start, watch, report', async () => {
  const { calls, tools } = machine({})
  expect(await quickstart(tools)).toBe(0)
  expect(calls).toEqual(['up', `start ${CONFIG}`, `watch ${RUN}`, `report ${RUN}`])
})

test.each([
  ['up', 1, ['up']],
  ['start', 1, ['up', `start ${CONFIG}`]],
  ['watch', 130, ['up', `start ${CONFIG}`, `watch ${RUN}`]],
])('where %s ends with %d nothing follows, and that is the exit code', async (command, code, expected) => {
  const { calls, tools } = machine({ codes: { [command]: code } })
  expect(await quickstart(tools)).toBe(code)
  expect(calls).toEqual(expected)
})

test('a finished run where nobody can be asked: its report, and how to start another', async () => {
  const { calls, printed, tools } = machine({ finished: [RUN] })
  expect(await quickstart(tools)).toBe(0)
  expect(calls).toEqual(['up', `start ${CONFIG}`, `report ${RUN}`])
  expect(printed[0]).toBe(`For a new run: npx agent0 start ${CONFIG} --run-id ${RUN}-2`)
})

test('a finished run and a person who wants its report', async () => {
  const { calls, tools } = machine({ finished: [RUN], answer: '' })
  await quickstart(tools)
  expect(calls).toEqual(['up', `start ${CONFIG}`, `report ${RUN}`])
})

test('a finished run and a person who wants a new one: it gets the first name that is free', async () => {
  const { calls, tools } = machine({ finished: [RUN, `${RUN}-2`], answer: 'new' })
  await quickstart(tools)
  expect(calls.slice(2)).toEqual([
    `start ${CONFIG} --run-id ${RUN}-2`,
    `start ${CONFIG} --run-id ${RUN}-3`,
    `watch ${RUN}-3`,
    `report ${RUN}-3`,
  ])
})
