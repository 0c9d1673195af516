import { join } from 'node:path'
import { engineWatch } from '../../../infra/supervisor/engine-watch.ts'
import { notRun } from '../../support/not-run.ts'
import { hasEmbedded, startEmbedded } from '../../support/real-model-servers.ts'
import { ROOT } from '../../support/repository.ts'
import { eventually } from '../../support/supervised.ts'

jest.setTimeout(240_000)

async function hangLaw(): Promise<void> {
  const server = await startEmbedded(join(ROOT, 'models', 'tiny-world'))
  const post = (path: string, body: object) =>
    fetch(`${server.url}${path}`, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
    })
  // Long enough that a busy machine does not look like a hanging engine.
  const check = engineWatch([server.url], { stuckAfterMs: 3_000, canaryDeadlineMs: 3_000 })
  const problem = () =>
    check().then(
      () => null,
      (error: Error) => error.message,
    )
  try {
    expect(await problem()).toBeNull()
    await post('/faults', { kind: 'hang', count: 1 })
    const working = post('/v1/completions', { model: 'base', prompt: [1, 2], max_tokens: 4 })
    await eventually('the hang is seen', async () => /no tokens are produced/.test((await problem()) ?? ''), 60_000)
    expect((await fetch(`${server.url}/health`)).status).toBe(200)
    await post('/faults', { kind: 'hang', count: 0 })
    expect((await working).status).toBe(200)
    expect(await problem()).toBeNull()
    await server.kill()
    expect(await problem()).toMatch(/fetch failed/)
  } finally {
    await server.kill()
  }
}

describe('the health check of an engine', () => {
  if (hasEmbedded()) test('sees one that hangs behind a healthy front, and sees it work again', hangLaw)
  else notRun('the health check of an engine that hangs (npm run setup)')
})
