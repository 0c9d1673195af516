import { refusal, type TrainerRig } from './rig.ts'

/** How a lineage goes on after a step that was trained and is never published. */
export function setAsideLaw(rig: TrainerRig): void {
  test('a step starts from an earlier checkpoint only if it names the head that it sets aside; then it is the head', async () => {
    const lineage = rig.fresh()
    const base = rig.first.madeFrom.parent
    const first = await rig.take(rig.request(lineage))
    const second = await rig.take(rig.request(lineage, { step: 2, parent: first.checkpointDigest }))
    const onward = { step: 3, parent: first.checkpointDigest }
    const conflict = refusal('Trainer.Conflict')
    await expect(rig.take(rig.request(lineage, onward))).rejects.toMatchObject(conflict)
    for (const wrong of [first.checkpointDigest, base, 'f'.repeat(64)])
      await expect(rig.take(rig.request(lineage, { ...onward, setAside: wrong }))).rejects.toMatchObject(conflict)
    const setAside = second.checkpointDigest
    const stranger = { step: 3, parent: 'f'.repeat(64), setAside }
    await expect(rig.take(rig.request(lineage, stranger))).rejects.toMatchObject(conflict)
    const asked = rig.request(lineage, { ...onward, setAside })
    const [third, again] = await Promise.all([rig.take(asked), rig.take(asked)])
    expect(again).toEqual(third)
    expect(await rig.take({ ...asked, attempt: 2 })).toEqual(third)
    expect(third.madeFrom.parent).toBe(first.checkpointDigest)
    expect((await rig.subject.trainer.head(lineage)).step).toBe(3)
    expect(await rig.take(asked)).toEqual(third)
    // From the base model too, and a second time in a row.
    const fromBase = rig.request(lineage, { step: 4, parent: null, setAside: third.checkpointDigest })
    expect((await rig.take(fromBase)).madeFrom.parent).toBe(base)
  })
}
