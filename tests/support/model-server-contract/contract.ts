import { canaryLaws } from './canary-laws.ts'
import { logprobLaws } from './logprob-laws.ts'
import { policyLaws, restartLaws } from './policy-laws.ts'
import { ContractRig, type ContractSubject } from './rig.ts'
import { samplingLaws } from './sampling-laws.ts'

/**
 * The laws of the port `ModelServer`, for whatever keeps them (notes on serving §8).
 * @param has what the subject has, so that what cannot be tested is no test
 */
export function modelServerContract(
  open: () => Promise<ContractSubject>,
  has: { score: boolean; forget: boolean },
): void {
  const rig = new ContractRig()
  beforeAll(async () => rig.start(await open()), 900_000)
  afterAll(() => rig.subject.close())
  samplingLaws(rig)
  policyLaws(rig)
  canaryLaws(rig)
  if (has.score) logprobLaws(rig)
  if (has.forget) restartLaws(rig)
}
