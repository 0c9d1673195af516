import type { Command } from 'commander'
import { stringify } from 'yaml'
import { readConfig } from './read-config.ts'

/** `agent0 start CONFIG --dry-run`: what the config means, with every default filled in. */
export function addStartCommand(program: Command, finish: (code: number) => void): void {
  program
    .command('start <config>')
    .description('start a run from a config file (YAML or JSON)')
    .option('--dry-run', 'only print the resolved config')
    .action((file: string, flags: { dryRun?: boolean }) => {
      const result = readConfig(file)
      if (!result.ok) {
        for (const sentence of result.sentences) console.error(sentence)
        return finish(1)
      }
      if (flags.dryRun === true) {
        process.stdout.write(stringify(result.config))
        return finish(0)
      }
      console.error(
        'Runs cannot be started yet: the pipeline is still being built. --dry-run prints the resolved config.',
      )
      return finish(1)
    })
}
