import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { ROOT } from './repository.ts'

/** A batch of texts with what NLTK and scikit-learn say, as tests/reference/clusters_reference.py wrote it. */
export interface ReferenceCase {
  kind: string
  threshold: number
  texts: string[]
  /** Clusters, numbered by first appearance. */
  labels: number[]
  /** 1 − BLEU of texts i and j < i, row by row; in small batches only. */
  distances?: number[]
}

export function referenceCases(): ReferenceCase[] {
  const file = gunzipSync(readFileSync(join(ROOT, 'tests/reference/clusters.jsonl.gz'))).toString()
  return file.split('\n').map((line) => JSON.parse(line) as ReferenceCase)
}
