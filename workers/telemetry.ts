import { DefaultLogger, makeTelemetryFilterString, Runtime } from '@temporalio/worker'
import { type Logger, pino } from 'pino'
import type { Environment, WorkerKind } from './environment.ts'

/** JSON lines on standard output, and metrics for Prometheus where an address is given. Before any other use of the SDK. */
export function installTelemetry(kind: WorkerKind, environment: Environment): Logger {
  const { metrics: bindAddress } = environment
  const level = environment.machine.workers.logLevel
  const logger = pino({ level, base: { worker: kind, pid: process.pid } })
  const levels = { TRACE: 'trace', DEBUG: 'debug', INFO: 'info', WARN: 'warn', ERROR: 'error' } as const
  Runtime.install({
    logger: new DefaultLogger(level === 'debug' ? 'DEBUG' : 'INFO', ({ level: severity, message, meta }) => {
      const { timestampNanos: _when, ...fields } = (meta ?? {}) as Record<string, unknown>
      logger[levels[severity]](fields, message)
    }),
    telemetryOptions: {
      logging: { forward: {}, filter: makeTelemetryFilterString({ core: 'WARN', other: 'ERROR' }) },
      ...(bindAddress && {
        metrics: {
          prometheus: { bindAddress, countersTotalSuffix: true, unitSuffix: true, useSecondsForDurations: true },
          globalTags: { worker: kind },
        },
      }),
    },
    shutdownSignals: [],
  })
  return logger
}
