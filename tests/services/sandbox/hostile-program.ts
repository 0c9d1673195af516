import type { ExecutionResult } from '../../../contracts/execution-result.ts'
import type { ExecutionLimits } from '../../../contracts/ports/index.ts'
import type { Backend } from '../../support/sandbox-backends.ts'

/** A program that tries something, and how it must end. */
export interface HostileProgram {
  name: string
  source: string
  limits?: Partial<ExecutionLimits>
  stdin?: string
  /** Every verdict that is right. */
  ends: readonly ExecutionResult['kind'][]
  /** What it prints, if that is part of the rule. */
  prints?: string | RegExp
  stderr?: RegExp
  /** Other fields of the verdict that must hold. */
  fields?: Record<string, unknown>
  /** Backends where the row is not run, with the guarantee that is missing there. */
  notOn?: Partial<Record<Backend, string>>
  /** The program may cost its slot: cleaning up after it can take long, or the kernel may choose the guest. */
  mayCostSlot?: boolean
}

/** Python that prints the name of the error that `attempt` meets, or "done". */
export const ATTEMPT = `
import ctypes, errno, os, signal, socket, sys
libc = ctypes.CDLL(None, use_errno=True)

def attempt(action):
    try:
        action()
        print("done")
    except OSError as error:
        print(errno.errorcode.get(error.errno, "unreachable"))

def syscall(number, *arguments):
    ctypes.set_errno(0)
    result = libc.syscall(number, *arguments)
    return errno.errorcode[ctypes.get_errno()] if result == -1 else "done"
`
