import { findTemporalCli } from '../infra/setup/steps/temporal-cli.mjs'
import { defaultStateFolder, type UpOptions } from '../infra/supervisor/service-table.ts'

export const TEMPORAL_PORT = 7233

export interface UpFlags {
  temporalPort?: number
  uiPort?: number
  metricsPort?: number
  foreground?: boolean
}

/** Where this checkout's services keep their state: `.agent0/` in it, unless AGENT0_STATE names another folder. */
export function stateFolder(): string {
  return process.env['AGENT0_STATE'] || defaultStateFolder()
}

/** What `agent0 up` is to start, from its flags, the environment and what is installed. */
export async function optionsFrom({ temporalPort = TEMPORAL_PORT, uiPort, metricsPort }: UpFlags): Promise<UpOptions> {
  const temporalAddress = process.env['TEMPORAL_ADDRESS']
  const temporalCli = temporalAddress ? undefined : await findTemporalCli()
  return {
    stateFolder: stateFolder(),
    temporalPort,
    uiPort: uiPort ?? temporalPort + 1_000,
    metricsPort: metricsPort ?? temporalPort + 2_000,
    ...(temporalAddress && { temporalAddress }),
    ...(temporalCli && { temporalCli }),
  }
}
