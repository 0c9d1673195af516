import { historyFromJSON, historyToJSON } from '@temporalio/common/lib/proto-utils.js'
import type { Client } from '@temporalio/client'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { ROOT } from './repository.ts'

export interface RecordedHistory {
  workflowId: string
  history: ReturnType<typeof historyFromJSON>
}

/** One file per story, a line of JSON per history, compressed. */
const fileOf = (story: string) => join(ROOT, 'tests', 'histories', `${story}.jsonl.gz`)

/** Keeps the histories of a client's namespace. Gives how many. */
export async function recordHistories(client: Client, story: string, keeps: RegExp): Promise<number> {
  const lines: string[] = []
  for await (const { workflowId, history } of client.workflow.list().intoHistories()) {
    if (keeps.test(workflowId))
      lines.push(
        JSON.stringify({ workflowId, history: JSON.parse(historyToJSON(history as RecordedHistory['history'])) }),
      )
  }
  writeFileSync(fileOf(story), gzipSync(lines.toSorted().join('\n')))
  return lines.length
}

export function readHistories(story: string): RecordedHistory[] {
  if (!existsSync(fileOf(story)))
    throw new Error(`no history of "${story}" is kept: node tests/workflows/record-histories.ts ${story}`)
  const lines = gunzipSync(readFileSync(fileOf(story)))
    .toString()
    .split('\n')
  return lines.map((line) => {
    const { workflowId, history } = JSON.parse(line) as { workflowId: string; history: unknown }
    return { workflowId, history: historyFromJSON(history) }
  })
}
