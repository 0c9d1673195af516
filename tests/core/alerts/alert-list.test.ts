import type { Alert, AlertEntry, Cause } from '../../../contracts/alert.ts'
import { afterEntry, changesOf, shownAlerts } from '../../../core/alerts/alert-list.ts'
import type { Finding } from '../../../core/alerts/find-causes.ts'
import { seededStream } from '../../../core/random/seeded-stream.ts'

const cause = (subject: string, wrong = 'full'): Cause => ({
  kind: 'queue',
  subject,
  where: 'tiny',
  wrong,
  advice: 'more workers',
})
const bad = (subject: string, wrong?: string): Finding => ({ isBad: true, cause: cause(subject, wrong) })
const good = (subject: string): Finding => ({ isBad: false, cause: cause(subject, 'empty') })

/** What a list comes to after findings, one look after the other, a minute each. */
function after(looks: readonly Finding[][]): { alerts: Alert[]; entries: AlertEntry[] } {
  let alerts: Alert[] = []
  const entries: AlertEntry[] = []
  for (const [minute, findings] of looks.entries()) {
    for (const change of changesOf(alerts, findings)) {
      const entry = { ...change, at: new Date(minute * 60_000).toISOString(), by: 'me' }
      entries.push(entry)
      alerts = afterEntry(alerts, entry)
    }
  }
  return { alerts, entries }
}

test('an alert is raised once while its cause stands, whatever words the cause has, and cleared once when it is gone', () => {
  const { alerts, entries } = after([[bad('a')], [bad('a', 'fuller')], [], [good('a')], [good('a')], [bad('a')]])
  expect(entries.map(({ change }) => change)).toEqual(['raised', 'cleared', 'raised'])
  expect(alerts).toMatchObject([
    { wrong: 'full', raisedAt: '1970-01-01T00:00:00.000Z', clearedAt: '1970-01-01T00:03:00.000Z' },
    { raisedAt: '1970-01-01T00:05:00.000Z', clearedAt: null },
  ])
})

test('what was not found changes nothing', () => {
  expect(after([[bad('a')], [], [good('b')]]).alerts).toMatchObject([{ subject: 'a', clearedAt: null }])
})

test('whatever is found, raising and clearing take turns for each subject, and the list says what was found last', () => {
  const stream = seededStream(7, 'alerts')
  for (let round = 0; round < 200; round++) {
    const last = new Map<string, boolean>()
    const looks = Array.from({ length: 12 }, () =>
      ['a', 'b', 'c'].flatMap((subject) => {
        const drawn = stream.below(3)
        if (drawn === 2) return []
        last.set(subject, drawn === 0)
        return [drawn === 0 ? bad(subject) : good(subject)]
      }),
    )
    const { alerts, entries } = after(looks)
    for (const subject of ['a', 'b', 'c']) {
      const changes = entries.filter((entry) => entry.cause.subject === subject).map(({ change }) => change)
      expect(changes).toEqual(changes.map((_, index) => (index % 2 === 0 ? 'raised' : 'cleared')))
      const stands = alerts.some((alert) => alert.subject === subject && alert.clearedAt === null)
      expect(stands).toBe(last.get(subject) ?? false)
    }
    expect(shownAlerts(alerts).filter(({ clearedAt }) => clearedAt === null)).toEqual(
      alerts.filter(({ clearedAt }) => clearedAt === null),
    )
  }
})

test('all that stand are shown, and of the cleared ones the last three', () => {
  const looks = ['a', 'b', 'c', 'd'].flatMap((subject) => [[bad(subject)], [good(subject)]])
  const { alerts } = after([[bad('old')], ...looks])
  expect(shownAlerts(alerts).map(({ subject }) => subject)).toEqual(['old', 'b', 'c', 'd'])
})
