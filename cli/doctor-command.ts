import type { Command } from 'commander'
import { diagnose } from '../infra/doctor.ts'
import { optionsFrom } from './up-options.ts'

/** `agent0 doctor`: does this machine have what `npm run quickstart` needs? */
export function addDoctorCommand(program: Command, finish: (code: number) => void): void {
  program
    .command('doctor')
    .description('check everything that the project needs of this machine, and say what to do')
    .action(async () => {
      const findings = await diagnose(await optionsFrom({}))
      const width = Math.max(...findings.map(({ title }) => title.length))
      for (const { title, ok, found, toDo, optional } of findings) {
        console.log(
          `${ok ? '✓' : optional === true ? '!' : '✗'} ${title.padEnd(width)}  ${found}${toDo === undefined ? '' : `\n    → ${toDo}`}`,
        )
      }
      finish(findings.every(({ ok, optional }) => ok || optional) ? 0 : 1)
    })
}
