import type { ModelServer } from '../../../contracts/ports/model-server.ts'
import { openModelServer } from '../../../services/model-server/open.ts'
import { FakeModelServer } from '../../support/fake-model-server.ts'
import { modelServerContract } from '../../support/model-server-contract/contract.ts'
import type { ContractSubject } from '../../support/model-server-contract/rig.ts'
import { noise, stubCanary } from '../../support/stub-model.ts'
import { StubVllm } from '../../support/stub-vllm.ts'

/** The contract over the stub model: its characters are its tokens. */
function stubSubject(server: ModelServer, rest: Pick<ContractSubject, 'forget' | 'close'>): ContractSubject {
  const folders = { first: '/adapters/first', second: '/adapters/second' }
  const canary = (weights: string) => stubCanary(noise, weights, '1+1?', null)
  return {
    server,
    folders,
    canaries: { base: canary('base'), first: canary(folders.first), second: canary(folders.second) },
    tokenOf: (character) => character.codePointAt(0)!,
    textOf: (tokenIds) => String.fromCodePoint(...tokenIds.filter((id) => id !== 3)),
    ...rest,
  }
}

describe('the fake', () => {
  modelServerContract(
    () => {
      const server = new FakeModelServer()
      return Promise.resolve(stubSubject(server, { close: () => server.close() }))
    },
    { score: false, forget: false },
  )
})

describe('the adapter, on the stub', () => {
  modelServerContract(
    async () => {
      const stub = await new StubVllm().start()
      const server = openModelServer({ urls: [stub.url] })
      const close = async () => {
        await server.close()
        await stub.stop()
      }
      const forget = async () => stub.adapters.clear()
      return stubSubject(server, { forget, close })
    },
    { score: false, forget: true },
  )
})
