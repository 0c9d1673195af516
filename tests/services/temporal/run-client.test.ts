import { setTimeout as sleep } from 'node:timers/promises'
import { withRuns } from '../../../services/temporal/run-client.ts'
import { startTemporalServer } from '../../support/temporal-server.ts'

const RETRIED_WITHIN_MS = 1_000

test('a connection stays open under a call that is being tried again, though nobody waits for it any more', async () => {
  const server = await startTemporalServer()
  const ended: string[] = []
  const use = withRuns({ address: server.address, namespace: 'default' }, async (runs) => {
    await server.close()
    void runs.find('nobody').catch(() => ended.push('the call'))
    throw new Error('one of several calls has failed')
  })
  await expect(use.finally(() => ended.push('the connection'))).rejects.toThrow('one of several calls has failed')
  expect(ended).toEqual(['the call', 'the connection'])
  // A retry on a closed connection would be thrown at the process.
  await sleep(RETRIED_WITHIN_MS)
}, 60_000)
