import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Figure } from './figures.ts'

/** What one part in a process of its own gives: its result, time, and peak resident memory of the whole process. */
export interface ShardRun {
  result: unknown
  seconds: number
  peakMebibytes: number
}

const JOB = join(import.meta.dirname, 'shard-job.ts')

function runPart(part: string, folder: string, ...more: string[]): ShardRun {
  const said = execFileSync(process.execPath, [JOB, part, folder, ...more], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  return JSON.parse(said) as ShardRun
}

/** Peak memory of the activities that read and write all rollouts of a shard or a step, at the paper's size. */
export function benchShards(): Figure[] {
  const [folder, former] = ['', 'former-'].map((name) => mkdtempSync(join(tmpdir(), `agent0-shards-${name}`))) as [
    string,
    string,
  ]
  try {
    const fresh = runPart('nothing', folder)
    runPart('make', folder)
    runPart('make-former', former)
    const vote = runPart('vote', folder)
    const runs: [string, ShardRun][] = [
      ['voteOnTasks, 250 tasks of 10 rollouts', vote],
      ['the same, as versions before 2026-12 stored them', runPart('vote', former)],
      [
        'scoreStep, 128 tasks of 16 rollouts',
        runPart('score', folder, JSON.stringify(runPart('agree', folder).result)),
      ],
    ]
    return [
      { name: 'a process that only loads them, peak memory', value: fresh.peakMebibytes, unit: 'MiB' },
      ...runs.flatMap(([name, { seconds, peakMebibytes }]) => [
        { name: `${name}, peak memory`, value: peakMebibytes, unit: 'MiB' },
        { name: `${name}, beyond that`, value: peakMebibytes - fresh.peakMebibytes, unit: 'MiB' },
        { name: `${name}, time`, value: seconds, unit: 's' },
      ]),
    ]
  } finally {
    for (const each of [folder, former]) rmSync(each, { recursive: true, force: true })
  }
}
