/**
 * The order of the suites: the longest first, so that none of them starts late and ends alone. Jest knows how long they take only
 * where it has run them before, which in a fresh clone it has not; suite-seconds.json has what CI's last run printed at its end.
 */
import Sequencer from '@jest/test-sequencer'
import { readFileSync } from 'node:fs'
import { relative } from 'node:path'

/** @type {Record<string, number>} */
const seconds = JSON.parse(readFileSync(new URL('suite-seconds.json', import.meta.url), 'utf8'))

export default class LongestFirst extends Sequencer {
  /** @param {import('@jest/test-result').Test[]} suites */
  sort(suites) {
    /** @param {import('@jest/test-result').Test} suite */
    const secondsOf = (suite) => seconds[relative(suite.context.config.rootDir, suite.path)] ?? 0
    // Those that are not in the table stay as Jest orders them.
    return super.sort(suites).toSorted((a, b) => secondsOf(b) - secondsOf(a))
  }
}
