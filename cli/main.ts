import { program } from 'commander'
import { SetupProblem } from '../host/problem.mjs'
import { addAskCommand } from './ask-command.ts'
import { addDoctorCommand } from './doctor-command.ts'
import { addExportCommand } from './export-command.ts'
import { addGcCommand } from './gc-command.ts'
import { addModelsCommand } from './models-command.ts'
import { addReplayCommand } from './replay-command.ts'
import { addReportCommand } from './report-command.ts'
import { addControlCommands } from './control-commands.ts'
import { addSandboxCommand } from './sandbox-command.ts'
import { addScoreCommand } from './score-command.ts'
import { addServicesCommands } from './services-commands.ts'
import { addStartCommand } from './start-command.ts'
import { addStatusCommands } from './status-command.ts'
import { addWatchCommand } from './watch-command.ts'

const finish = (code: number) => {
  process.exitCode = code
}

// Who reads us may stop early (`agent0 score … | head`): that is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit(0)
})

program
  .name('agent0')
  .description("Agent0's co-evolution loop (arXiv 2511.16043) as a durable Temporal pipeline")
  .showHelpAfterError('(agent0 --help lists the commands)')
addServicesCommands(program, finish)
addDoctorCommand(program, finish)
addStartCommand(program, finish)
addWatchCommand(program, finish)
addStatusCommands(program, finish)
addControlCommands(program, finish)
addScoreCommand(program, finish)
addReportCommand(program, finish)
addReplayCommand(program, finish)
addExportCommand(program, finish)
addSandboxCommand(program, finish)
addGcCommand(program, finish)
addModelsCommand(program, finish)
addAskCommand(program, finish)
try {
  await program.parseAsync()
} catch (error) {
  // What a person can mend, and what happened to a service, are one sentence; all else is a bug, with its trace.
  // By name: the class is in a package that takes a quarter of a second to load.
  if (!(error instanceof SetupProblem) && (error as Error).name !== 'ApplicationFailure') throw error
  console.error((error as Error).message)
  finish(1)
}
