// One measured run in a process of its own, so that its peak memory is its own: JSON texts in, a ClustersRun out.
import { text } from 'node:stream/consumers'
import { repetitionClusters } from '../core/rewards/repetition/clusters.ts'
import type { ClustersRun } from './core-clusters.ts'

const texts = JSON.parse(await text(process.stdin)) as string[]
const start = performance.now()
const labels = repetitionClusters(texts)
const seconds = (performance.now() - start) / 1000
const run: ClustersRun = { labels, seconds, peakMebibytes: process.resourceUsage().maxRSS / 1024 }
console.log(JSON.stringify(run))
