import type { Command } from 'commander'
import type { ServerHealth } from '../contracts/ports/index.ts'
import { openRunningModel } from './running-model.ts'
import { table } from '../host/table.ts'
import { print } from './print.ts'

const HEADING = ['SERVER', 'POLICY', 'DIGEST', 'LOADED IN', 'FROM']
const DIGITS = 12

function rowsOf({ server, problem, policies }: ServerHealth): string[][] {
  if (problem !== null) return [[server, `– (${problem})`, '', '', '']]
  return policies.map(({ name, adapterDigest, loadMs, checkpointDir }) => [
    server,
    name,
    adapterDigest?.slice(0, DIGITS) ?? '–',
    loadMs === null ? '–' : `${Math.round(loadMs)} ms`,
    checkpointDir,
  ])
}

/** `agent0 models ls`: what the model servers have loaded. vLLM tells neither digests nor times. */
export function addModelsCommand(program: Command, finish: (code: number) => void): void {
  program
    .command('models')
    .description('what the model servers have loaded')
    .command('ls')
    .description('policies by server, with the digest of their files and how long loading took')
    .action(async () => {
      const model = openRunningModel()
      try {
        const servers = await model.health()
        print(table([HEADING, ...servers.flatMap(rowsOf)]))
        finish(servers.every(({ problem }) => problem === null) ? 0 : 1)
      } finally {
        await model.close()
      }
    })
}
