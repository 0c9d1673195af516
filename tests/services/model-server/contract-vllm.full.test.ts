import { answerLaws } from '../../support/model-server-contract/answer-laws.ts'
import { modelServerContract } from '../../support/model-server-contract/contract.ts'
import { notRun } from '../../support/not-run.ts'
import { publishedLaw } from '../../support/model-server-contract/published-law.ts'
import { hasVllm, RealSubject, startVllm } from '../../support/real-model-servers.ts'

// Real models on shared cores: slow, and slower when first asked.
jest.setTimeout(180_000)

describe('vLLM', () => {
  const subject = new RealSubject(startVllm)
  if (hasVllm()) {
    modelServerContract(() => subject.open(), { score: true, forget: false })
    answerLaws(subject)
    publishedLaw(subject)
  } else notRun('the contract of vLLM (npm run setup:vllm)')
})
