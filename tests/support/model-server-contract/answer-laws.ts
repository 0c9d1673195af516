import { type RealSubject, CONTEXT } from '../real-model-servers.ts'

// What both servers answer, request by request: where vLLM decides otherwise, the embedded one is to follow.

const PROMPT = [1, 22, 24, 2, 4, 1, 23]

/** What a body may depend on: the model that is served. */
interface Served {
  context: number
  tokens: number
  adapter: string
}

type Body = object | string | ((served: Served) => object)
type Row = [what: string, path: string, body: Body, status: number, type?: string]

const bodyOf = (body: Body, served: Served) =>
  typeof body === 'function' ? (body as (served: Served) => object)(served) : body

const completions = (rows: [what: string, body: Exclude<Body, string>, status: number, type?: string][]) =>
  rows.map(([what, body, ...rest]): Row => [
    what,
    '/v1/completions',
    (served) => ({ model: 'base', prompt: PROMPT, max_tokens: 4, ...(bodyOf(body, served) as object) }),
    ...rest,
  ])

const loadOf =
  (name: string) =>
  ({ adapter }: Served) => ({ lora_name: name, lora_path: adapter })

const rows: Row[] = [
  ...completions([
    ['no model', { model: undefined }, 200],
    ['a priority of 0', { priority: 0 }, 200],
    ['four stop texts', { stop: ['a', 'b', 'c', 'd'] }, 200],
    ['the largest temperature', { temperature: 2 }, 200],
    ['one greedy sample', { temperature: 0 }, 200],
    ['an unknown field', { no_such_field: 1 }, 200],
    ['two greedy samples', { temperature: 0, n: 2 }, 400, 'BadRequestError'],
    ['five stop texts', { stop: ['a', 'b', 'c', 'd', 'e'] }, 400, 'Bad Request'],
    ['an empty stop text', { stop: [''] }, 400, 'BadRequestError'],
    ['a larger temperature', { temperature: 2.1 }, 400, 'BadRequestError'],
    ['a negative temperature', { temperature: -1 }, 400, 'BadRequestError'],
    ['top_p 0', { top_p: 0 }, 400, 'BadRequestError'],
    ['more tokens at least than at most', { min_tokens: 5 }, 400, 'BadRequestError'],
    ['no token at most', { max_tokens: 0 }, 400, 'BadRequestError'],
    ['an empty cache_salt', { cache_salt: '' }, 400, 'BadRequestError'],
    ['a prompt that does not fit', ({ context }) => ({ prompt: Array(context).fill(4) }), 400, 'BadRequestError'],
    ['an id that is no token', ({ tokens }) => ({ prompt: [tokens] }), 400, 'BadRequestError'],
    ['n as text', { n: 'many' }, 400, 'Bad Request'],
    ['a prompt of another type', { prompt: { text: 'a' } }, 400, 'Bad Request'],
    ['an unknown policy', { model: 'nobody' }, 404, 'NotFoundError'],
  ]),
  ['no JSON', '/v1/completions', '{', 400, 'Bad Request'],
  ['no object', '/v1/completions', [], 400, 'Bad Request'],
  ['an adapter', '/v1/load_lora_adapter', loadOf('a'), 200],
  ['its name again', '/v1/load_lora_adapter', loadOf('a'), 400, 'InvalidUserInput'],
  ['the base’s name', '/v1/load_lora_adapter', loadOf('base'), 400, 'InvalidUserInput'],
  ['no path', '/v1/load_lora_adapter', { lora_name: 'b' }, 400, 'Bad Request'],
  ['a path with nothing', '/v1/load_lora_adapter', { lora_name: 'b', lora_path: '/nowhere' }, 404, 'NotFoundError'],
  ['what was not loaded', '/v1/unload_lora_adapter', { lora_name: 'b' }, 404, 'NotFoundError'],
  ['what was', '/v1/unload_lora_adapter', { lora_name: 'a' }, 200],
  ['a route that there is not', '/v1/nothing', {}, 404],
]

export function answerLaws(subject: RealSubject): void {
  test.each(rows)('%s', async (...[_what, path, body, status, type]: Row) => {
    const { tokens, folders } = subject.models
    const asked = bodyOf(body, { context: CONTEXT, tokens, adapter: folders.first })
    const content = typeof asked === 'string' ? asked : JSON.stringify(asked)
    const headers = { 'content-type': 'application/json' }
    const answer = await fetch(subject.url + path, { method: 'POST', body: content, headers })
    const text = await answer.text()
    expect({ status: answer.status, text }).toMatchObject({ status })
    if (type === undefined) return
    const { error } = JSON.parse(text) as { error: { message: string; type: string; code: number } }
    // oxlint-disable-next-line jest/no-conditional-expect
    expect({ text, type: error.type, code: error.code }).toEqual({ text, type, code: status })
  })
}
