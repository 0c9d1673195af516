import { answerLaws } from '../../support/model-server-contract/answer-laws.ts'
import { modelServerContract } from '../../support/model-server-contract/contract.ts'
import { notRun } from '../../support/not-run.ts'
import { publishedLaw } from '../../support/model-server-contract/published-law.ts'
import { hasEmbedded, RealSubject, startEmbedded } from '../../support/real-model-servers.ts'

// Real models on shared cores: slow, and slower when first asked.
jest.setTimeout(180_000)

describe('the embedded server', () => {
  const subject = new RealSubject(startEmbedded, async (url) => {
    const response = await fetch(`${url}/faults`, {
      method: 'POST',
      body: JSON.stringify({ kind: 'forget_adapters' }),
      headers: { 'content-type': 'application/json' },
    })
    if (!response.ok) throw new Error(`forget_adapters: ${response.status}`)
  })
  if (hasEmbedded()) {
    modelServerContract(() => subject.open(), { score: true, forget: true })
    answerLaws(subject)
    publishedLaw(subject)
  } else notRun('the contract of the embedded server (npm run setup)')
})
