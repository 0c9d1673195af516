import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { identify } from '../../../host/process-identity.ts'
import { liveReport, processesOf, readReport, reportProblem } from '../../../infra/supervisor/state-file.ts'
import { down } from '../../../infra/supervisor/down.ts'
import { OwnServices } from '../../support/supervised.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const us = identify(process.pid)!
const service = { name: 'temporal', state: 'healthy', address: '127.0.0.1:7233', process: us, restarts: 0 }
const good = { supervisor: us, services: [service] }

function folderWith(text: string): string {
  const folder = temporaryFolder()
  writeFileSync(join(folder, 'services.json'), text)
  return folder
}

const SPOILT: unknown[] = [
  {},
  [],
  null,
  7,
  'text',
  { supervisor: null },
  { supervisor: us },
  { services: [] },
  { supervisor: us, services: null },
  { supervisor: us, services: [null] },
  { supervisor: us, services: {} },
  ...[-1, 0, 1, 1.5, '7', null].map((pid) => ({ ...good, supervisor: { ...us, pid } })),
  ...['name', 'state', 'address', 'restarts'].map((key) => ({ ...good, services: [{ ...service, [key]: null }] })),
  { ...good, services: [{ ...service, state: 'of another version' }] },
  { ...good, services: [{ ...service, process: { pid: process.pid } }] },
  { ...good, services: [{ ...service, spare: 7 }] },
  { ...good, services: [{ ...service, startedAt: 'yesterday' }] },
]
const TEXTS = ['', '{', '\0\0\0\0', '\ud800', ...SPOILT.map((value) => JSON.stringify(value))]

test('a report of any other shape is none, and is told in a sentence', async () => {
  for (const text of TEXTS) {
    const folder = folderWith(text)
    expect([text, readReport(folder), liveReport(folder)]).toEqual([text, undefined, undefined])
    expect(reportProblem(folder)).toMatch(/services\.json does not say which services run: .* delete it\.$/)
    expect(await down(folder)).toEqual([])
  }
})

test('a folder in its place is told likewise', () => {
  const folder = temporaryFolder()
  mkdirSync(join(folder, 'services.json'))
  expect(readReport(folder)).toBeUndefined()
  expect(reportProblem(folder)).toMatch(/does not say which services run/)
})

test('a report that can be read, and none at all, are no problem', () => {
  const folder = folderWith(JSON.stringify(good))
  expect(readReport(folder)).toEqual(good)
  expect(processesOf(readReport(folder)!)).toEqual([us])
  expect(reportProblem(folder)).toBeUndefined()
  expect(reportProblem(temporaryFolder())).toBeUndefined()
})

test('commands that read it end with a sentence, not with a stack', async () => {
  const services = new OwnServices()
  mkdirSync(services.stateFolder)
  for (const text of ['{"supervisor":null}', '[]']) {
    writeFileSync(join(services.stateFolder, 'services.json'), text)
    for (const command of [['ps'], ['down'], ['logs', 'temporal'], ['models', 'ls'], ['up', '--dry-run']]) {
      const { said } = await services.agent0(command)
      expect([command, said]).toEqual([command, expect.not.stringMatching(/^\s+at |TypeError|ZodError/m)])
    }
    expect((await services.agent0(['ps'])).said).toMatch(/does not say which services run/)
  }
}, 120_000)
