import { readFileSync } from 'node:fs'
import type { MachineConfig } from '../contracts/machine-config.ts'
import { reasonOf, SetupProblem } from './problem.mjs'

/** The variables of the project's secrets, each with one name everywhere. A file may hold the value instead. */
export interface Secrets {
  /** API key of the model servers. */
  AGENT0_MODEL_API_KEY?: string
  /** Bearer token of the trainer's service. */
  AGENT0_TRAINER_TOKEN?: string
}

/** How vLLM and the embedded server learn their key. We set it for a server that we start, and read it nowhere. */
export const SERVER_KEY_VARIABLE = 'VLLM_API_KEY'

export const SECRETS = ['AGENT0_MODEL_API_KEY', 'AGENT0_TRAINER_TOKEN'] as const satisfies (keyof Secrets)[]

type Variables = Readonly<Record<string, string | undefined>>

/** A secret's variable, else the first line of its file; undefined if there is neither. */
function secret(variable: keyof Secrets, file: string, variables: Variables): Secrets {
  const value = variables[variable]
  if (value) return { [variable]: value }
  if (file === 'none') return {}
  try {
    const [line = ''] = readFileSync(file, 'utf8').split('\n')
    if (line.trim() !== '') return { [variable]: line.trim() }
  } catch (error) {
    throw new SetupProblem(`${file}, which ${variable}_FILE names, cannot be read: ${reasonOf(error)}`)
  }
  throw new SetupProblem(`${file}, which ${variable}_FILE names, is empty.`)
}

/** The secrets of this machine. Only variables and files hold them; they are passed on in environments, never as arguments. */
export function readSecrets({ modelServer, trainer }: MachineConfig, variables: Variables = process.env): Secrets {
  return {
    ...secret('AGENT0_MODEL_API_KEY', modelServer.keyFile, variables),
    ...secret('AGENT0_TRAINER_TOKEN', trainer.tokenFile, variables),
  }
}

/** An environment for a process that is to know no secret, unless it is given one. */
export function withoutSecrets(variables: Variables = process.env): Record<string, string | undefined> {
  const left = { ...variables }
  for (const name of [...SECRETS, SERVER_KEY_VARIABLE]) delete left[name]
  return left
}
