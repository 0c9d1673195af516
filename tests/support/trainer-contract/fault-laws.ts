import { CancelledFailure } from '@temporalio/common'
import { refusal, type TrainerRig } from './rig.ts'

/** Deaths and overlaps. */
export function faultLaws(rig: TrainerRig): void {
  test('a step that dies in its middle is an outage, and asked again it ends as if nothing had been', async () => {
    const lineage = rig.fresh()
    await rig.subject.hurt()
    await expect(rig.take(rig.request(lineage))).rejects.toMatchObject({ nonRetryable: false })
    await rig.subject.heal()
    expect((await rig.subject.trainer.head(lineage)).step).toBe(0)
    const again = await rig.take(rig.request(lineage, { attempt: 2 }))
    expect(again.checkpointDigest).toBe(rig.first.checkpointDigest)
    expect(again.canary).toEqual(rig.first.canary)
  })

  test('two attempts at once are one result', async () => {
    const lineage = rig.fresh()
    const both = await Promise.all([rig.take(rig.request(lineage)), rig.take(rig.request(lineage))])
    expect(both[0]).toEqual(both[1])
    expect(both[0]!.checkpointDigest).toBe(rig.first.checkpointDigest)
  })
}

/** For what computes: refusals of its own, and a step that somebody stops waiting for. */
export function realLaws(rig: TrainerRig): void {
  test('a batch that is none is refused with row and column', async () => {
    const malformed = rig.take(rig.request(rig.fresh(), { batch: rig.subject.files.malformed }))
    await expect(malformed).rejects.toMatchObject(refusal('Trainer.BadRequest'))
    await expect(malformed).rejects.toThrow('row 0, column mask')
  })

  test('a loss that is no number is refused, and nothing is written', async () => {
    const lineage = rig.fresh()
    const diverging = rig.take(rig.request(lineage, { config: rig.subject.files.diverging }))
    await expect(diverging).rejects.toMatchObject(refusal('Trainer.Diverged'))
    expect((await rig.subject.trainer.head(lineage)).step).toBe(0)
  })

  test('who is called off by the stop of its worker rejects with that, and another attempt gets the result', async () => {
    const [lineage, stop, why] = [rig.fresh(), new AbortController(), new CancelledFailure('WORKER_SHUTDOWN')]
    const called = rig.subject.trainer.step(rig.request(lineage), () => stop.abort(why), stop.signal)
    await expect(called).rejects.toBe(why)
    expect((await rig.take(rig.request(lineage, { attempt: 2 }))).checkpointDigest).toBe(rig.first.checkpointDigest)
  })

  test('who is cancelled by the user rejects with that', async () => {
    const [lineage, stop, why] = [rig.fresh(), new AbortController(), new CancelledFailure('CANCELLED')]
    const called = rig.subject.trainer.step(rig.request(lineage), () => stop.abort(why), stop.signal)
    await expect(called).rejects.toBe(why)
  })
}
