import type { Command } from 'commander'
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { stringify } from 'yaml'
import { Ports } from '../contracts/machine-config.ts'
import { down } from '../infra/supervisor/down.ts'
import {
  liveReport,
  readReport,
  reportProblem,
  type ServiceReport,
  statePaths,
} from '../infra/supervisor/state-file.ts'
import { ANOTHER_RUNS, beforeUp, spawnSupervisor, up, type UpOutcome } from '../infra/supervisor/up.ts'
import { commaList, portNumber, wholeNumber } from './options.ts'
import { timeSpan } from '../core/metrics/time-span.ts'
import { table } from '../host/table.ts'
import { stateFolder } from '../host/machine.ts'
import { refuseForeignFolder } from '../host/own-folder.mjs'
import { cacheFolder } from '../host/paths.mjs'
import { SERVER_KEY_VARIABLE } from '../host/secrets.ts'
import { DEFAULT_CONFIG, optionsFrom, portNames, type UpFlags } from './up-options.ts'
import { print, printError } from './print.ts'

function servicesTable(services: readonly ServiceReport[]): string {
  const uptime = ({ startedAt }: ServiceReport) =>
    startedAt === undefined ? '–' : timeSpan(Date.now() - Date.parse(startedAt))
  return table([
    ['SERVICE', 'STATE', 'PID', 'UPTIME', 'RESTARTS', 'ADDRESS'],
    ...services.map((one) => [
      one.name,
      one.state + (one.reason === undefined ? '' : ` (${one.reason})`),
      String(one.process?.pid ?? '–'),
      uptime(one),
      String(one.restarts),
      one.address,
    ]),
  ])
}

function explain(outcome: UpOutcome): number {
  if (outcome.kind !== 'up') {
    printError(`✗ ${outcome.sentence}`)
    return 1
  }
  print(outcome.already ? 'agent0 is already up:' : 'agent0 is up:')
  print(servicesTable(outcome.report.services))
  return 0
}

async function runUp(flags: UpFlags): Promise<number> {
  // What set-up has put there is what we start.
  refuseForeignFolder(cacheFolder())
  const options = await optionsFrom(flags)
  if (flags.dryRun === true) {
    print(stringify(options.machine).trimEnd())
    return 0
  }
  if (
    process.env[SERVER_KEY_VARIABLE] &&
    !process.env['AGENT0_MODEL_API_KEY'] &&
    options.machine.modelServer.keyFile === 'none'
  )
    printError(`${SERVER_KEY_VARIABLE} is not read: the model servers' key is in AGENT0_MODEL_API_KEY.`)
  if (flags.foreground !== true) return explain(await up(options))
  const known = await beforeUp(options)
  if (known !== undefined) return explain(known)
  // Ctrl-C reaches the supervisor by itself; we only wait for it to finish.
  process.on('SIGINT', () => {})
  const child = spawnSupervisor(options, { foreground: true })
  process.on('SIGTERM', () => child.kill('SIGTERM'))
  const code = await new Promise<number>((resolve) => {
    child.on('error', () => resolve(1))
    child.on('exit', (exitCode) => resolve(exitCode ?? 1))
  })
  if (code === ANOTHER_RUNS) printError('agent0 is already up.')
  return code
}

function runPs(): number {
  const report = liveReport(stateFolder())
  if (report !== undefined) {
    print(servicesTable(report.services))
    return 0
  }
  tellReportProblem()
  print('agent0 is not up: start it with "agent0 up".')
  return 1
}

/** Says that it is not known what runs, where it is so. */
function tellReportProblem(): void {
  const problem = reportProblem(stateFolder())
  if (problem !== undefined) printError(problem)
}

async function runDown(): Promise<number> {
  tellReportProblem()
  const ended = await down(stateFolder())
  print(ended.length === 0 ? 'Nothing was running.' : `Stopped: ${ended.join(', ')}. The data stay.`)
  return 0
}

function runLogs(name: string, flags: { follow?: boolean; lines: number }): Promise<number> | number {
  const log = statePaths(stateFolder()).log(name)
  if (!existsSync(log)) {
    const names = ['supervisor', ...(readReport(stateFolder())?.services.map((one) => one.name) ?? [])]
    printError(`There is no log of "${name}": known are ${names.join(', ')}.`)
    return 1
  }
  const follow = flags.follow === true ? ['-F'] : []
  const child = spawn('tail', ['-n', String(flags.lines), ...follow, log], { stdio: 'inherit' })
  return new Promise((resolve) => child.on('exit', (code) => resolve(code ?? 0)))
}

/** `agent0 up | down | ps | logs`: the services of this machine. */
export function addServicesCommands(program: Command, finish: (code: number) => void): void {
  const command = program
    .command('up')
    .description("start and supervise this machine's services; they go on when the terminal closes")
    .option('--config <file>', 'the run config whose base model is served', DEFAULT_CONFIG)
    .option('--machine <file>', 'the machine config (default: AGENT0_MACHINE, else machine.yaml of the checkout)')
    .option(
      '--only <names>',
      'start only these services, separated by commas: temporal, model-server, trainer, worker',
      commaList,
    )
    .option('--dry-run', 'start nothing: print the resolved machine config')
    .option('--foreground', 'stay in this terminal and stop everything on Ctrl-C')
    .action(async (flags: UpFlags) => finish(await runUp(flags)))
  for (const name of portNames)
    command.option(`--${name}-port <number>`, `sets ports.${name}: ${Ports.shape[name].description ?? ''}`, portNumber)
  program
    .command('down')
    .description('stop all services of this machine; the data stay')
    .action(async () => finish(await runDown()))
  program
    .command('ps')
    .description('the services of this machine: state, pid, uptime, restarts, address')
    .action(() => finish(runPs()))
  program
    .command('logs <name>')
    .description("a service's log, or the supervisor's")
    .option('-f, --follow', 'go on as the log grows')
    .option('-n, --lines <number>', 'how many of the last lines', wholeNumber, 50)
    .action(async (name: string, flags: { follow?: boolean; lines: number }) => finish(await runLogs(name, flags)))
}
