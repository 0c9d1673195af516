// The supervisor's own process. `agent0 up` starts it under a lock (see up.ts); it ends on SIGTERM or SIGINT.
import { makeOwnSecrets, readSecrets } from '../../host/secrets.ts'
import { serviceTable, type UpOptions } from './service-table.ts'
import { supervise } from './supervisor.ts'

// Without secrets: anybody on this machine may read our arguments.
const options = JSON.parse(process.argv[2]!) as UpOptions
const tell = (line: string) => process.stdout.write(`${new Date().toISOString()} ${line}\n`)

tell(`supervisor: started, pid ${process.pid}`)
makeOwnSecrets(options.stateFolder)
const secrets = readSecrets(options.machine, undefined, options.stateFolder)
const supervisor = supervise(serviceTable(options, secrets), options.stateFolder, tell)

let stopping = false
for (const name of ['SIGTERM', 'SIGINT'] as const) {
  process.on(name, () => {
    if (stopping) return
    stopping = true
    tell(`supervisor: ${name}, stopping all services`)
    void supervisor.stop().then(() => process.exit(0))
  })
}
