import { program } from 'commander'
import { addDoctorCommand } from './doctor-command.ts'
import { addServicesCommands } from './services-commands.ts'
import { addStartCommand } from './start-command.ts'

const finish = (code: number) => {
  process.exitCode = code
}

program
  .name('agent0')
  .description("Agent0's co-evolution loop (arXiv 2511.16043) as a durable Temporal pipeline")
  .showHelpAfterError('(agent0 --help lists the commands)')
addServicesCommands(program, finish)
addDoctorCommand(program, finish)
addStartCommand(program, finish)
await program.parseAsync()
