import { type Command, Option } from 'commander'
import { readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { z } from 'zod'
import { type ExecutionResult, SandboxBackend } from '../contracts/execution-result.ts'
import { defaultLimits, openSandbox, templateFor } from '../services/sandbox/open.ts'
import { printError, printJson, printStream } from './print.ts'
import { namedBackend, readMachine } from '../host/machine.ts'
import { SetupProblem } from '../host/problem.mjs'

export interface SandboxFlags {
  backend?: SandboxBackend
  /** File whose content is the program's standard input. */
  stdin?: string
  json?: true
  /** Programs come from standard input instead. */
  lines?: true
}

const EXIT = { ok: 0, otherVerdict: 1, outage: 2 } as const

function summary(verdict: ExecutionResult): string {
  const detail =
    verdict.kind === 'error'
      ? ` (exit code ${verdict.exitCode})`
      : verdict.kind === 'timeout'
        ? ` (${verdict.clock})`
        : verdict.kind === 'crash'
          ? ` (${verdict.signal})`
          : ''
  const usage = `CPU ${verdict.cpuMs} ms, wall ${verdict.wallMs} ms, ${Math.round(verdict.maxRssBytes / 2 ** 20)} MiB`
  return `${verdict.kind}${detail} · ${usage} · ${verdict.backend} ${verdict.imageDigest.slice(0, 19)}`
}

function show(verdict: ExecutionResult): void {
  printStream(process.stdout, verdict.stdout)
  printStream(process.stderr, verdict.stderr)
  printError(summary(verdict))
}

/** Runs one program as the pipeline would and prints what came of it. Gives the exit code: 0 ok, 1 other, 2 outage. */
export async function runSandbox(file: string, { backend, stdin, json }: SandboxFlags): Promise<number> {
  const source = await readFile(file, 'utf8')
  const input = stdin === undefined ? {} : { stdin: await readFile(stdin, 'utf8') }
  try {
    const log = (line: string) => printError(line)
    const sandbox = await openSandbox({
      ...(backend ? { backend } : namedBackend(readMachine())),
      templates: [templateFor(source)],
      log,
    })
    try {
      const { verdict } = await sandbox.execute({ source, seed: 0, ...input }, defaultLimits)
      if (json) printJson(verdict)
      else show(verdict)
      return verdict.kind === 'ok' ? EXIT.ok : EXIT.otherVerdict
    } finally {
      await sandbox.close()
    }
  } catch (error) {
    printError(`the sandbox could not run it: ${error instanceof Error ? error.message : String(error)}`)
    return EXIT.outage
  }
}

const Line = z.strictObject({ source: z.string() })

/** Runs the programs of standard input, a JSON object `{ source }` a line, and prints a result for each, in their order. */
async function runLines({ backend }: SandboxFlags): Promise<number> {
  const named = backend ? { backend } : namedBackend(readMachine())
  try {
    const sandbox = await openSandbox({ ...named, templates: ['bare'], log: printError })
    try {
      for await (const line of createInterface(process.stdin)) {
        const { source } = Line.parse(JSON.parse(line))
        printJson((await sandbox.execute({ source, seed: 0 }, defaultLimits)).verdict)
      }
      return EXIT.ok
    } finally {
      await sandbox.close()
    }
  } catch (error) {
    printError(`the sandbox could not run it: ${error instanceof Error ? error.message : String(error)}`)
    return EXIT.outage
  }
}

/** `agent0 sandbox`: what would the pipeline make of this program? */
export function addSandboxCommand(program: Command, finish: (code: number) => void): void {
  program
    .command('sandbox [file]')
    .description('run one Python program in the sandbox and print its verdict (exit code 0: ok, 1: not, 2: outage)')
    .addOption(
      new Option('--backend <name>', 'where (default: the engine if one answers)').choices(SandboxBackend.options),
    )
    .option('--stdin <file>', 'what the program reads')
    .option('--json', 'print the whole verdict as JSON')
    .option('--lines', 'programs from standard input, {"source": …} a line, and a verdict a line as JSON')
    .action(async (file: string | undefined, flags: SandboxFlags) => {
      if ((file === undefined) !== (flags.lines === true)) throw new SetupProblem('Name a file, or --lines.')
      try {
        finish(file === undefined ? await runLines(flags) : await runSandbox(file, flags))
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
        printError(`there is no file ${(error as NodeJS.ErrnoException).path}`)
        finish(EXIT.otherVerdict)
      }
    })
}
