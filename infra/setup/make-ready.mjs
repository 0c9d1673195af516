/** Before the steps of set-up: what the machine lacks is installed, or said. Node 20, no packages. */
import { refuseForeignFolder } from '../../host/own-folder.mjs'
import { cacheFolder } from '../../host/paths.mjs'
import { SetupProblem } from '../../host/problem.mjs'
import { installPackages } from './install-packages.mjs'
import { lookAtMachine } from './machine.mjs'
import { planFor } from './plan.mjs'
import { elapsed } from './run-steps.mjs'

/**
 * Throws a SetupProblem with a sentence for each thing that set-up cannot mend itself.
 * @param {readonly import('./plan.mjs').Wanted[]} wanted
 * @param {{ log: (text: string) => void, print: (line: string) => void }} tools
 */
export async function makeReady(wanted, { log, print }) {
  refuseForeignFolder(cacheFolder())
  const startedAt = performance.now()
  /** @type {string[]} */
  const installed = []
  for (;;) {
    const machine = await lookAtMachine()
    const plan = planFor(machine, wanted, installed)
    log(`${JSON.stringify({ machine, plan, seconds: (performance.now() - startedAt) / 1_000 }, null, 2)}\n`)
    if (plan.kind === 'stop') throw new SetupProblem(plan.sentences.join('\n✗ '))
    if (plan.kind === 'go') {
      const found = installed.length === 0 ? 'nothing is missing' : `installed ${installed.join(', ')}`
      return print(`✓ Machine: ${machine.name}, ${found} (${elapsed(startedAt)})`)
    }
    print(`… Machine: installing with apt-get: ${plan.packages.join(', ')} (looked for ${elapsed(startedAt)})`)
    await installPackages(plan.packages, { asRoot: machine.rights === 'root', log, print })
    installed.push(...plan.packages)
  }
}
