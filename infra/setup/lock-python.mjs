/** Part of `npm run setup:lock`: writes the two requirements files, exact versions with hashes, without addresses. */
import { join } from 'node:path'
import { run } from './commands.mjs'
import { ROOT } from './paths.mjs'
import { ensureUv, findPython } from './steps/python-environment.mjs'

const { path } = await findPython()
const uv = await ensureUv(process.env, path, () => {})
for (const folder of ['infra/ml', 'infra/setup']) {
  const name = folder === 'infra/setup' ? 'uv-requirements' : 'requirements'
  const [source, target] = [join(ROOT, folder, `${name}.in`), join(ROOT, folder, `${name}.txt`)]
  const plain = ['--no-annotate', '--no-header', '--no-emit-index-url', '--no-emit-find-links']
  await run(uv, [
    'pip',
    'compile',
    '-q',
    '--generate-hashes',
    ...plain,
    '--universal',
    '--python-version',
    '3.11',
    source,
    '-o',
    target,
  ])
  console.log(`${target}: locked`)
}
