/** Part of `npm run setup:lock`: writes the requirements files, exact versions with hashes, without addresses. */
import { join } from 'node:path'
import { run } from '../../host/commands.mjs'
import { ROOT } from '../../host/paths.mjs'
import { findPython } from '../../host/python.mjs'
import { ensureUv } from './steps/python-environment.mjs'

const { path } = await findPython()
const uv = await ensureUv(process.env, path, () => {})
const plain = ['--no-annotate', '--no-header', '--no-emit-index-url', '--no-emit-find-links']
const compile = ['pip', 'compile', '-q', '--generate-hashes', ...plain, '--universal', '--python-version', '3.11']

/** @type {[name: string, args: string[]][]} */
const files = [
  ['ml/requirements', []],
  ['ml/requirements-vllm', ['--overrides', join(ROOT, 'ml/overrides-vllm.txt')]],
  ['infra/setup/uv-requirements', []],
]
for (const [name, args] of files) {
  const target = join(ROOT, `${name}.txt`)
  await run(uv, [...compile, ...args, join(ROOT, `${name}.in`), '-o', target])
  console.log(`${target}: locked`)
}
