import { forMarkdown } from '../../contracts/text.ts'

/** The page of a workflow in the Temporal UI, as a Markdown link. The UI fills in the namespace. */
export function linkTo(workflowId: string, label = workflowId): string {
  return `[${label}](/namespaces/{namespace}/workflows/${encodeURIComponent(workflowId)})`
}

/** How many parts of a path the ids of a run, a stage, a shard and a task have. */
const DEPTHS = [2, 4, 6, 7]

/** Links to the workflows that a workflow is part of, and its own name: ids are paths. */
export function trailOf(workflowId: string): string {
  const parts = workflowId.split('/')
  const above = DEPTHS.filter((depth) => depth < parts.length)
  const links = above.map((depth, index) =>
    linkTo(parts.slice(0, depth).join('/'), parts.slice(above[index - 1] ?? 0, depth).join('/')),
  )
  return [...links, parts.slice(above.at(-1) ?? 0).join('/')].join(' › ')
}

/**
 * A sentence as Markdown, whoever wrote it: one line in which nothing is markup. A command of ours in quotes stands as code, since the
 * UI makes curly quotes and dashes of it otherwise.
 */
export const inMarkdown = (text: string) =>
  text
    .split(/"(agent0 [\w ./:=-]*)"/)
    .map((part, index) => (index % 2 === 0 ? forMarkdown(part) : `\`${part}\``))
    .join('')
