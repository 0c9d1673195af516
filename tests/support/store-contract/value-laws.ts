import { z } from 'zod'
import { KEY, type OpenRig } from './rig.ts'

/** JSON, records and tables come back. */
export function valueLaws(open: OpenRig): void {
  test('JSON and records come back, checked against a schema', async () => {
    const { store } = open()
    const Record = z.strictObject({ word: z.string(), number: z.number() })
    const records = [
      { word: 'one\n\u2028"', number: 0.1 },
      { word: '\ud800', number: -0.25 },
    ]
    const one = await store.putJson('tiny/one.json', records[0])
    expect(one.count).toBe(1)
    expect(await store.getJson(Record, one)).toEqual(records[0])
    const list = await store.putRecords(KEY, records)
    expect(list.count).toBe(2)
    expect(await store.getRecords(Record, list)).toEqual(records)
    expect(await store.getRecords(Record, await store.putRecords('tiny/none.jsonl', []))).toEqual([])
    const other = await store.putRecords('tiny/other.jsonl', [records[0], { word: 1 }])
    const sentence = { type: 'Agent0.Invariant', message: expect.stringMatching(/line 2, .* word: /) as string }
    await expect(store.getRecords(Record, other)).rejects.toMatchObject(sentence)
    await expect(store.getJson(z.number(), one)).rejects.toMatchObject({ type: 'Agent0.Invariant' })
  })

  test('a table comes back as it was', async () => {
    const { store } = open()
    const rows = [
      { id: 'tiny/iter-001', name: 'loss', value: 0.1 },
      { id: 'tiny/iter-001', name: 'kl', value: null },
    ]
    const reference = await store.putTable('tiny/metrics.parquet', 'metrics', rows)
    expect(reference.count).toBe(2)
    expect(await store.getTable('metrics', reference)).toEqual(rows)
    const nan = [...rows, { ...rows[0]!, value: Number.NaN }]
    await expect(store.putTable('tiny/nan.parquet', 'metrics', nan)).rejects.toThrow('row 2: value: ')
    await expect(store.getTable('training', reference)).rejects.toMatchObject({ type: 'Agent0.Invariant' })
  })
}
