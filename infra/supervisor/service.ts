/** A program and its arguments. */
export interface Command {
  file: string
  args: readonly string[]
  /** Variables besides our own, secrets among them: arguments are for everybody on the machine to read. */
  env?: Readonly<Record<string, string>>
  /**
   * It takes the lock that `AGENT0_LOCK` names by itself, and only when all is ready that needs no port, no store and no model. So a
   * second one may wait behind the first, and is there when that dies.
   */
  waitsForLock?: boolean
}

/** One row of the table of services: what `up` starts, in what order, and how it knows that it works. */
export interface Service {
  name: string
  /** What a client connects to, for `ps`. */
  address: string
  /** Names of services that must be healthy before this one starts. */
  after: readonly string[]
  /** TCP ports it listens on, each with the option of `agent0 up` that moves it. */
  ports: readonly { port: number; option: string }[]
  /** What to run. Absent: somebody else runs it, and we only watch its health. */
  command?: Command
  /** How long a start may take until it is healthy, or since it last said that it is starting, milliseconds; a minute unless given. */
  startsWithinMs?: number
  /** Resolves if it works, or if it says that it is still starting and moves; else throws with the reason. Called every few seconds. */
  checkHealth: () => Promise<void | 'starting'>
  /** Called once after each start, when it is healthy, before others may start. */
  prepare?: () => Promise<void>
}

export const SERVICE_STATES = [
  'waiting',
  'starting',
  'healthy',
  'unhealthy',
  'restarting',
  'stopping',
  'stopped',
] as const
export type ServiceState = (typeof SERVICE_STATES)[number]
