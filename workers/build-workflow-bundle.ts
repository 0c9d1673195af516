import { bundleWorkflowCode, type WorkflowBundleWithSourceMap } from '@temporalio/worker'
import { fileURLToPath } from 'node:url'
import { dataConverter } from './data-converter.ts'

const quiet = { trace() {}, debug() {}, info() {}, warn() {}, error: console.error, log() {} }

const ours = fileURLToPath(new URL('../workflows/index.ts', import.meta.url))

/** Workflows as one file for Temporal's sandbox. Rejects if anything that touches the world got into them. */
export function buildWorkflowBundle(workflowsPath = ours): Promise<WorkflowBundleWithSourceMap> {
  return bundleWorkflowCode({ workflowsPath, logger: quiet, ...dataConverter })
}
