import type { Alert } from '../../contracts/alert.ts'
import { inMarkdown } from './links.ts'

/** `2026-11-26 12:34 UTC`: details are not refreshed, so they say when, not how long ago. */
const timeOf = (at: string) => `${at.slice(0, 16).replace('T', ' ')} UTC`

/** The alerts of a run as the Temporal UI shows them: Markdown, a paragraph each. */
export function alertDetails(alerts: readonly Alert[]): string[] {
  return alerts.flatMap(({ where, wrong, advice, raisedAt, clearedAt }) =>
    clearedAt === null
      ? [
          `**alert since ${timeOf(raisedAt)}** \`${where}\`: ${inMarkdown(wrong)}. **What to do:** ${inMarkdown(advice)}.`,
          '',
        ]
      : [`alert of ${timeOf(raisedAt)}, cleared ${timeOf(clearedAt)}: \`${where}\`: ${inMarkdown(wrong)}.`, ''],
  )
}
