import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { configOf } from '../../../cli/up-options.ts'
import { stepConfig } from '../../../core/training/step-config.ts'
import { configFiles } from '../../support/config-files.ts'
import { installedPython } from '../../support/installed.ts'
import { ROOT } from '../../support/repository.ts'

const PROGRAM = `
import json, sys
from agent0_ml.trainer.config import parse_config
for config in json.load(sys.stdin):
    parsed = parse_config(json.dumps(config).encode())
    print(parsed.updates_per_batch, parsed.warmup.from_step, parsed.threads, parsed.micro_batch_tokens)
`

test('the trainer takes the step config of every file in configs/ and every role', () => {
  const stages = configFiles().flatMap(({ path }) => {
    const { curriculum, executor } = configOf(join(ROOT, path))
    return [curriculum, executor]
  })
  const configs = stages.map(({ training, loss }) => stepConfig(training, loss, { step: 7, checkpoint: null }, 512))
  const said = execFileSync(installedPython()!, ['-c', PROGRAM], {
    input: JSON.stringify(configs),
    env: { PYTHONPATH: join(ROOT, 'ml') },
  })
  const expected = stages.map(
    ({ training: { updatesPerBatch, compute } }) =>
      `${updatesPerBatch} 7 ${compute.threads} ${compute.microBatchTokens}`,
  )
  expect(said.toString().trimEnd().split('\n')).toEqual(expected)
})
