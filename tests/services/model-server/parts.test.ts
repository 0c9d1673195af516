import { completionBody } from '../../../services/model-server/completion-body.ts'
import { aServablePolicy } from '../../support/policies.ts'
import { TaskAffinity } from '../../../services/model-server/task-affinity.ts'
import { observe, readMetrics } from '../../../services/model-server/token-progress.ts'
import { WeightedGate } from '../../../host/weighted-gate.ts'
import { wholeText } from '../../../services/model-server/whole-text.ts'

test('stop tokens are sent where there are some, whatever the server takes for its end', () => {
  const sampling = { temperature: 1, topP: 1, topK: 'none' } as const
  const request = { policy: aServablePolicy(0, null), promptTokenIds: [1], sampling, tokensMax: 8, stop: [], seed: 1 }
  const body = (stopTokenIds?: number[]) =>
    completionBody({ ...request, samples: 1, task: 'a task', ...(stopTokenIds && { stopTokenIds }) }, 'base')
  expect(body([151643, 151645])).toMatchObject({ stop_token_ids: [151643, 151645] })
  for (const none of [undefined, []]) expect(body(none)).not.toHaveProperty('stop_token_ids')
})

test.each([
  ['a\n', '\n', 'a\n'],
  ['```\n', '\n\n', '```\n\n'],
  ['```\n', '`\nx', '```\nx'],
  ['end', 'unrelated', 'end'],
  ['', 'x', ''],
])('the text %j, whose last token is %j, is %j as a whole', (text, lastToken, whole) => {
  expect(wholeText(text, lastToken)).toBe(whole)
})

describe('progress', () => {
  const metrics = `# HELP vllm:num_requests_running x
vllm:num_requests_running{engine="0",model_name="base"} 3.0
vllm:num_requests_running{engine="1",model_name="base"} 1.0
vllm:num_requests_waiting{engine="0"} 2.0
vllm:num_requests_waiting_by_reason{engine="0",reason="capacity"} 2.0
vllm:prompt_tokens_total{engine="0"} 1.9e+03
vllm:generation_tokens_total 20.0`

  test('is read from the metrics of all engines', () => {
    expect(readMetrics(metrics)).toEqual({ requests: 6, tokens: 1920 })
  })

  test('is none from when an engine with work has computed no token', () => {
    const first = observe(undefined, { requests: 1, tokens: 10 }, 100)
    expect(observe(first, { requests: 2, tokens: 10 }, 900).sinceMs).toBe(100)
  })

  test('is a new token, or an idle engine', () => {
    const first = observe(undefined, { requests: 1, tokens: 10 }, 100)
    expect(observe(first, { requests: 1, tokens: 11 }, 900).sinceMs).toBe(900)
    expect(observe(first, { requests: 0, tokens: 10 }, 900).sinceMs).toBe(900)
  })
})

describe('the gate', () => {
  const never = new AbortController().signal
  const later = () => new Promise<void>((resolve) => setImmediate(resolve))

  test('never holds more than its limit, lets all in, in order, and something heavier alone', async () => {
    const gate = new WeightedGate(4)
    const entered: number[] = []
    let heldMax = 0
    const work = (weight: number) =>
      gate.run(weight, never, async () => {
        entered.push(weight)
        heldMax = Math.max(heldMax, gate.held)
        await later()
      })
    await Promise.all([2, 2, 3, 1, 9, 4].map(work))
    expect(entered).toEqual([2, 2, 3, 1, 9, 4])
    expect(heldMax).toBe(4)
    expect(gate.held).toBe(0)
  })

  test('is left by who gives up while waiting, and by work that fails', async () => {
    const gate = new WeightedGate(1)
    const first = gate.run(1, never, async () => {
      await later()
      throw new Error('failed')
    })
    const stop = new AbortController()
    const second = gate.run(1, stop.signal, later)
    const third = gate.run(1, never, () => Promise.resolve('in'))
    stop.abort(new Error('gave up'))
    expect(await Promise.allSettled([first, second, third])).toEqual([
      { status: 'rejected', reason: new Error('failed') },
      { status: 'rejected', reason: new Error('gave up') },
      { status: 'fulfilled', value: 'in' },
    ])
    expect(gate.held).toBe(0)
  })
})

test('the place of a key is remembered until enough others came', () => {
  const homes = new TaskAffinity<number>(2)
  homes.set('a', 1)
  homes.set('b', 2)
  homes.set('a', 3)
  homes.set('c', 4)
  expect([homes.get('a'), homes.get('b'), homes.get('c')]).toEqual([3, undefined, 4])
})
