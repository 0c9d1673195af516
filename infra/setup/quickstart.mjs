/**
 * What `npm run quickstart` does on a machine that is set up: services, a run of the tiny world, its progress, its report,
 * each by the command that a person would type, so that they have seen it.
 */

export const CONFIG = 'configs/tiny-world.yaml'
/** The name in that config. */
export const RUN = 'tiny-world'
/** Exit code of `agent0 start` for a run that has finished already (cli/start-command.ts). */
export const HAS_FINISHED = 3

/**
 * @typedef {object} QuickstartTools
 * @property {(...args: string[]) => Promise<number>} agent0 runs a command in this terminal and gives its exit code
 * @property {(question: string) => Promise<string> | undefined} ask a question to the person; undefined without a terminal
 * @property {(text: string) => void} print
 */

const QUESTION = `
Show its report, or start a new run? [report/new] `

const nameOf = (/** @type {number} */ number) => (number === 1 ? RUN : `${RUN}-${number}`)

/**
 * Begins the run, or goes on with it; where it has finished, the person says whether there shall be another.
 * @param {QuickstartTools} tools
 * @returns {Promise<{ run: string, code: number }>} `code` of the last start: HAS_FINISHED if nothing was started
 */
async function startRun({ agent0, ask, print }) {
  const code = await agent0('start', CONFIG)
  if (code !== HAS_FINISHED) return { run: RUN, code }
  const answer = await ask(QUESTION)
  if (answer === undefined) print(`For a new run: npx agent0 start ${CONFIG} --run-id ${nameOf(2)}`)
  if (!/^n/i.test(answer ?? '')) return { run: RUN, code }
  for (let number = 2; ; number++) {
    const run = nameOf(number)
    const again = await agent0('start', CONFIG, '--run-id', run)
    if (again !== HAS_FINISHED) return { run, code: again }
  }
}

/**
 * @param {QuickstartTools} tools
 * @returns {Promise<number>} exit code: that of the first command that did not succeed
 */
export async function quickstart(tools) {
  const { agent0, print } = tools
  const up = await agent0('up')
  if (up !== 0) return up
  const { run, code } = await startRun(tools)
  if (code !== 0 && code !== HAS_FINISHED) return code
  if (code === 0) {
    const watched = await agent0('watch', run)
    if (watched !== 0) return watched
  }
  const reported = await agent0('report', run)
  print(`
The services go on: "npx agent0 ps" shows them and the address of Temporal's page, "npx agent0 down" stops them; the
data stay. "npx agent0 list" shows all runs; what else there is: npx agent0 --help, docs/design/architecture.md.`)
  return reported
}
