import { faultLaws, realLaws } from './fault-laws.ts'
import { TrainerRig, type TrainerSubject } from './rig.ts'
import { holdLaw } from './hold-law.ts'
import { setAsideLaw } from './set-aside-law.ts'
import { stepLaws } from './step-laws.ts'

/** The laws of the port `Trainer`, for whatever keeps them. */
export function trainerContract(open: () => Promise<TrainerSubject>, { real }: { real: boolean }): void {
  const rig = new TrainerRig()
  beforeAll(async () => rig.start(await open()), 900_000)
  afterAll(() => rig.subject.close())
  stepLaws(rig)
  setAsideLaw(rig)
  holdLaw(rig)
  faultLaws(rig)
  if (real) realLaws(rig)
}
