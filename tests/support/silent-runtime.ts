import { DefaultLogger, makeTelemetryFilterString, Runtime } from '@temporalio/worker'

/** Before anything else of the SDK: only errors are told, since tests break things on purpose. */
export function installSilentRuntime(): void {
  const logging = { forward: {}, filter: makeTelemetryFilterString({ core: 'ERROR' }) }
  Runtime.install({ logger: new DefaultLogger('ERROR'), telemetryOptions: { logging } })
}
