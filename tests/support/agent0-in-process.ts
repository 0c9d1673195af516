import { Command, CommanderError } from 'commander'
import { addControlCommands } from '../../cli/control-commands.ts'
import { addStartCommand } from '../../cli/start-command.ts'
import { addStatusCommands } from '../../cli/status-command.ts'
import { addWatchCommand } from '../../cli/watch-command.ts'
import { SetupProblem } from '../../host/problem.mjs'

/** What a command printed, and its exit code. */
export interface Said {
  code: number
  said: string
}

/** A run command of `agent0` in this process: many calls, no start of a process for each. */
export async function agent0(...args: string[]): Promise<Said> {
  let code = 0
  let said = ''
  const hear = (line: unknown) => void (said += `${String(line)}\n`)
  const spies = [
    jest.spyOn(console, 'log').mockImplementation(hear),
    jest.spyOn(console, 'error').mockImplementation(hear),
    jest.spyOn(process.stdout, 'write').mockImplementation((text) => (hear(String(text).trimEnd()), true)),
  ]
  const program = new Command().exitOverride().configureOutput({ writeErr: hear })
  const finish = (exitCode: number) => void (code = exitCode)
  for (const add of [addStartCommand, addWatchCommand, addStatusCommands, addControlCommands]) add(program, finish)
  const inherit = (command: Command) => {
    for (const child of command.commands) inherit(child.copyInheritedSettings(command))
  }
  inherit(program)
  try {
    await program.parseAsync(args, { from: 'user' })
  } catch (error) {
    const isSentence = error instanceof SetupProblem || (error as Error).name === 'ApplicationFailure'
    if (!isSentence && !(error instanceof CommanderError)) throw error
    if (isSentence) hear((error as Error).message)
    code = 1
  } finally {
    for (const spy of spies) spy.mockRestore()
  }
  return { code, said: said.trimEnd() }
}
