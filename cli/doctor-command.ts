import type { Command } from 'commander'
import { diagnose } from '../infra/doctor.ts'
import { DEFAULT_CONFIG, optionsFrom, type UpFlags } from './up-options.ts'
import { print } from './print.ts'

/** `agent0 doctor`: does this machine have what `npm run quickstart` needs? */
export function addDoctorCommand(program: Command, finish: (code: number) => void): void {
  program
    .command('doctor')
    .description('check everything that the project needs of this machine, and say what to do')
    .option('--config <file>', 'the run config whose base model is to be served', DEFAULT_CONFIG)
    .option('--machine <file>', 'the machine config (default: AGENT0_MACHINE, else machine.yaml of the checkout)')
    .action(async (flags: Pick<UpFlags, 'config' | 'machine'>) => {
      const findings = await diagnose(await optionsFrom(flags))
      const width = Math.max(...findings.map(({ title }) => title.length))
      for (const { title, ok, found, toDo } of findings) {
        print(`${ok ? '✓' : '✗'} ${title.padEnd(width)}  ${found}${toDo === undefined ? '' : `\n    → ${toDo}`}`)
      }
      finish(findings.every(({ ok }) => ok) ? 0 : 1)
    })
}
