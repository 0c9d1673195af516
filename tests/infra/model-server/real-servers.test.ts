import { openModelServer } from '../../../infra/services/open-model-server.ts'
import { modelServerContract } from '../../support/model-server-contract/contract.ts'
import type { ContractSubject } from '../../support/model-server-contract/rig.ts'
import { hasEmbedded, hasVllm, startEmbedded, startVllm, type RealServer } from '../../support/real-model-servers.ts'
import { tinyModels, type TinyModels } from '../../support/tiny-models.ts'

// Real models on shared cores: slow, and slower when first asked.
jest.setTimeout(180_000)

async function subjectOn(
  start: (model: string) => Promise<RealServer>,
  forget?: (url: string) => Promise<void>,
): Promise<ContractSubject> {
  const models: TinyModels = await tinyModels()
  const real = await start(models.base)
  const server = openModelServer({ urls: [real.url] })
  const close = async () => {
    await server.close()
    await real.kill()
    models.remove()
  }
  return { ...models, server, close, ...(forget && { forget: () => forget(real.url) }) }
}

/** A suite that needs a real server; where that is absent, one test that says so. */
function describeWith(name: string, isHere: boolean, how: string, suite: () => void): void {
  if (isHere) describe(name, suite)
  else test(`NOT RUN, because ${name} is not on this machine: the contract. ${how}`, () => expect(isHere).toBe(false))
}

describeWith('the embedded server', hasEmbedded(), 'npm run setup', () => {
  const forget = async (url: string) => {
    const response = await fetch(`${url}/faults`, { method: 'POST', body: JSON.stringify({ kind: 'forget_adapters' }) })
    expect(response.status).toBe(200)
  }
  modelServerContract(() => subjectOn(startEmbedded, forget), { score: true, forget: true })
})

describeWith('vLLM', hasVllm(), 'npm run setup:vllm', () => {
  modelServerContract(() => subjectOn(startVllm), { score: true, forget: false })
})
