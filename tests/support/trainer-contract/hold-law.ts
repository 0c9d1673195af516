import { refusal, type TrainerRig } from './rig.ts'

/** Who needs a checkpoint says so; tests/services/trainer/hold.test.ts and ml/tests say what that keeps. */
export function holdLaw(rig: TrainerRig): void {
  test('a holder may need any checkpoints that there are, and only those', async () => {
    const { trainer } = rig.subject
    const { checkpointDigest } = rig.first
    await expect(trainer.hold('run.served.executor', [checkpointDigest])).resolves.toBeUndefined()
    await expect(trainer.hold('run.served.executor', [])).resolves.toBeUndefined()
    const unknown = trainer.hold('run.served.executor', [checkpointDigest, 'f'.repeat(64)])
    await expect(unknown).rejects.toMatchObject(refusal('Trainer.BadRequest'))
  })
}
