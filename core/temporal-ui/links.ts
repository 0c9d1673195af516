import { forMarkdown, shortened } from '../../contracts/text.ts'

/** Of a text in a workflow's details, UTF-16 units, before its signs are escaped. */
const TEXT_CHARACTERS_MAX = 2_000

/** The page of a workflow in the Temporal UI, as a Markdown link. The UI fills in the namespace. */
export function linkTo(workflowId: string, label = workflowId): string {
  return `[${label}](/namespaces/{namespace}/workflows/${encodeURIComponent(workflowId)})`
}

/** Number of path segments in the ids of a run, a stage, a shard and a task. */
const DEPTHS = [2, 4, 6, 7]

/** Links to the workflows above a workflow, then its own name: ids are paths. */
export function trailOf(workflowId: string): string {
  const parts = workflowId.split('/')
  const above = DEPTHS.filter((depth) => depth < parts.length)
  const links = above.map((depth, index) =>
    linkTo(parts.slice(0, depth).join('/'), parts.slice(above[index - 1] ?? 0, depth).join('/')),
  )
  return [...links, parts.slice(above.at(-1) ?? 0).join('/')].join(' › ')
}

/**
 * Any text as one line of Markdown without markup. A quoted command of ours becomes code: the UI would turn its quotes and dashes into
 * typographic ones.
 */
export const inMarkdown = (text: string) =>
  shortened(text, TEXT_CHARACTERS_MAX)
    .split(/"(agent0 [\w ./:=-]*)"/)
    .map((part, index) => (index % 2 === 0 ? forMarkdown(part) : `\`${part}\``))
    .join('')
