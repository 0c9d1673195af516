import { Command } from 'commander'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from '../host/paths.mjs'
import { addAskCommand } from './ask-command.ts'
import { addDoctorCommand } from './doctor-command.ts'
import { addExportCommand } from './export-command.ts'
import { addGcCommand } from './gc-command.ts'
import { addModelsCommand } from './models-command.ts'
import { addRegradeCommand } from './regrade-command.ts'
import { addReplayCommand } from './replay-command.ts'
import { addReportCommand } from './report-command.ts'
import { addControlCommands } from './control-commands.ts'
import { addSandboxCommand } from './sandbox-command.ts'
import { addScoreCommand } from './score-command.ts'
import { addServicesCommands } from './services-commands.ts'
import { addStartCommand } from './start-command.ts'
import { addStatusCommands } from './status-command.ts'
import { addWatchCommand } from './watch-command.ts'

function version(): string {
  return (JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string }).version
}

/**
 * Every command of `agent0` with its options.
 *
 * @param finish sets the exit code
 */
export function agent0Program(finish: (code: number) => void): Command {
  const program = new Command('agent0')
    .description("Agent0's co-evolution loop (arXiv 2511.16043) as a durable Temporal pipeline")
    .version(version())
    .showHelpAfterError('(agent0 --help lists the commands)')
  addServicesCommands(program, finish)
  addDoctorCommand(program, finish)
  addStartCommand(program, finish)
  addWatchCommand(program, finish)
  addStatusCommands(program, finish)
  addControlCommands(program, finish)
  addScoreCommand(program, finish)
  addReportCommand(program, finish)
  addRegradeCommand(program, finish)
  addReplayCommand(program, finish)
  addExportCommand(program, finish)
  addSandboxCommand(program, finish)
  addGcCommand(program, finish)
  addModelsCommand(program, finish)
  addAskCommand(program, finish)
  return program
}
