import { type History, historyFromJSON } from '@temporalio/common/lib/proto-utils.js'
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { reasonOf, SetupProblem } from '../../host/problem.mjs'

/** A history as JSON, or one with the id of its workflow. */
type Line = { events?: unknown; workflowId?: unknown; history?: unknown }

function textOf(file: string): string {
  try {
    const bytes = readFileSync(file)
    return (bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes).toString()
  } catch (error) {
    throw new SetupProblem(`${file} cannot be read: ${reasonOf(error)}.`)
  }
}

/**
 * Reads the histories of a file: one as `temporal workflow show -o json` prints it, or one line `{ workflowId, history }` each; may be
 * gzipped. Throws a SetupProblem if there is none.
 */
export function readHistoryFile(file: string): { workflowId: string; history: History }[] {
  const text = textOf(file).trim()
  try {
    const lines = text.startsWith('{"workflowId"') ? text.split('\n') : [text]
    return lines.map((line) => {
      const parsed = JSON.parse(line) as Line
      const history = historyFromJSON(parsed.history ?? parsed)
      const started = history.events?.[0]?.workflowExecutionStartedEventAttributes
      // Needed for the ids of children; servers before 1.23 do not record it.
      const workflowId = parsed.workflowId ?? started?.workflowId
      if (typeof workflowId !== 'string') throw new Error('it does not begin with the start of a workflow')
      return { workflowId, history }
    })
  } catch (error) {
    throw new SetupProblem(
      `${file} is not a workflow history: ${reasonOf(error).replaceAll(/\s+/g, ' ')}. "temporal workflow show --workflow-id ID -o json" prints one.`,
    )
  }
}
