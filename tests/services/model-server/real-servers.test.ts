import { openModelServer } from '../../../services/model-server/open.ts'
import { modelServerContract } from '../../support/model-server-contract/contract.ts'
import type { ContractSubject } from '../../support/model-server-contract/rig.ts'
import {
  hasEmbedded,
  hasVllm,
  notRun,
  startEmbedded,
  startVllm,
  type RealServer,
} from '../../support/real-model-servers.ts'
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

describe('the embedded server', () => {
  const forget = async (url: string) => {
    const response = await fetch(`${url}/faults`, { method: 'POST', body: JSON.stringify({ kind: 'forget_adapters' }) })
    expect(response.status).toBe(200)
  }
  if (hasEmbedded()) modelServerContract(() => subjectOn(startEmbedded, forget), { score: true, forget: true })
  else notRun('the contract of the embedded server (npm run setup)')
})

describe('vLLM', () => {
  if (hasVllm()) modelServerContract(() => subjectOn(startVllm), { score: true, forget: false })
  else notRun('the contract of vLLM (npm run setup:vllm)')
})
