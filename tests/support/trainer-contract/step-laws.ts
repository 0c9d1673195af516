import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { refusal, type TrainerRig } from './rig.ts'

/** What a step is. */
export function stepLaws(rig: TrainerRig): void {
  test('a step gives its checkpoint, its metrics and a canary', async () => {
    const { batch, config } = rig.subject.files
    const digest = expect.stringMatching(/^[0-9a-f]{64}$/) as string
    expect(rig.first).toMatchObject({ lineage: 'undisturbed', step: 1, weights: 'lora', checkpointDigest: digest })
    expect(rig.first.madeFrom).toEqual({ parent: digest, batch: batch.sha256, config: config.sha256 })
    expect(rig.first.checkpointDir.endsWith(`/checkpoints/${rig.first.checkpointDigest}`)).toBe(true)
    expect(rig.first.metrics['tokens']).toBeGreaterThan(0)
    expect(rig.first.metrics['loss']).toEqual(expect.any(Number))
    expect(rig.first.tallies['loss']!.count).toBeGreaterThan(0)
    const { rows } = rig.first.canary
    expect(rows).not.toEqual([])
    for (const { tokenIds, places, logprobs, parent, base: ofBase } of rows) {
      expect(Math.max(...places)).toBeLessThan(tokenIds.length)
      expect([logprobs, parent, ofBase].map((list) => list!.length)).toEqual(Array(3).fill(places.length))
      // The first step of a lineage has the base model for its parent.
      expect(parent).toEqual(ofBase)
      expect(logprobs).not.toEqual(parent)
    }
    for (const name of ['adapter_model.safetensors', 'adapter_config.json', 'manifest.json'])
      expect(existsSync(join(rig.first.checkpointDir, name))).toBe(rig.subject.real)
  })

  test('the same step twice is one result, whatever its attempt', async () => {
    expect(await rig.take(rig.request('undisturbed'))).toEqual(rig.first)
    expect(await rig.take(rig.request('undisturbed', { attempt: 7 }))).toEqual(rig.first)
  })

  test('progress is told by phase', () => {
    expect(rig.progressOfFirst).not.toEqual([])
    for (const progress of rig.progressOfFirst)
      expect(progress).toEqual({ phase: expect.any(String), tokensDone: expect.any(Number) })
  })

  test('the same step from another batch or config is refused', async () => {
    const { other, diverging } = rig.subject.files
    const conflict = refusal('Trainer.Conflict')
    await expect(rig.take(rig.request('undisturbed', { batch: other }))).rejects.toMatchObject(conflict)
    await expect(rig.take(rig.request('undisturbed', { config: diverging }))).rejects.toMatchObject(conflict)
  })

  test('a parent that is not the head is refused, and so is a step that comes too early', async () => {
    const conflict = refusal('Trainer.Conflict')
    const wrong = { step: 2, parent: 'f'.repeat(64) }
    await expect(rig.take(rig.request('undisturbed', wrong))).rejects.toMatchObject(conflict)
    await expect(rig.take(rig.request('undisturbed', { ...wrong, parent: null }))).rejects.toMatchObject(conflict)
    const early = { step: 3, parent: rig.first.checkpointDigest }
    await expect(rig.take(rig.request('undisturbed', early))).rejects.toMatchObject(conflict)
  })

  test('the head is the base model, then the last checkpoint, from which the next step goes on', async () => {
    const base = rig.first.madeFrom.parent
    expect(await rig.subject.trainer.head(rig.fresh())).toEqual({ step: 0, checkpointDigest: base })
    const parent = rig.first.checkpointDigest
    expect(await rig.subject.trainer.head('undisturbed')).toEqual({ step: 1, checkpointDigest: parent })
    const next = await rig.take(rig.request('undisturbed', { step: 2, parent }))
    expect(next.madeFrom.parent).toBe(parent)
    expect(await rig.subject.trainer.head('undisturbed')).toEqual({ step: 2, checkpointDigest: next.checkpointDigest })
    expect(await rig.take(rig.request('undisturbed', { parent: base }))).toEqual(rig.first)
  })
}
