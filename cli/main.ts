import { SetupProblem } from '../host/problem.mjs'
import { agent0Program } from './program.ts'
import { printError } from './print.ts'

const finish = (code: number) => {
  process.exitCode = code
}

// A reader may stop early (`agent0 score … | head`): that is not an error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit(0)
})

try {
  await agent0Program(finish).parseAsync()
} catch (error) {
  // A problem that a person can fix, and a failure of a service, are one sentence; anything else is a bug, with its trace.
  // By name: the class is in a package that takes a quarter of a second to load.
  if (!(error instanceof SetupProblem) && (error as Error).name !== 'ApplicationFailure') throw error
  printError((error as Error).message)
  finish(1)
}
