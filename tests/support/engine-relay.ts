import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** The engine behind a socket of the test's own, which can be taken away as if the engine had stopped. */
export class EngineRelay {
  readonly path = join(tmpdir(), `agent0-engine-${process.pid}-${performance.now()}.sock`)
  readonly #sockets = new Set<Socket>()
  #server: Server | undefined

  async start(): Promise<void> {
    const server = createServer((client) => {
      const engine = connect('/var/run/docker.sock')
      for (const socket of [client, engine]) {
        this.#sockets.add(socket)
        socket
          .on('error', () => undefined)
          .on('close', () => {
            this.#sockets.delete(socket)
            client.destroy()
            engine.destroy()
          })
      }
      client.pipe(engine).pipe(client)
    })
    this.#server = server.listen(this.path)
    await once(server, 'listening')
  }

  async stop(): Promise<void> {
    const closed = once(this.#server!, 'close')
    this.#server!.close()
    for (const socket of this.#sockets) socket.destroy()
    await closed
  }
}
