import { program } from 'commander'
import { addDoctorCommand } from './doctor-command.ts'
import { addGcCommand } from './gc-command.ts'
import { addSandboxCommand } from './sandbox-command.ts'
import { addScoreCommand } from './score-command.ts'
import { addServicesCommands } from './services-commands.ts'
import { addStartCommand } from './start-command.ts'

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
addScoreCommand(program, finish)
addSandboxCommand(program, finish)
addGcCommand(program, finish)
await program.parseAsync()
