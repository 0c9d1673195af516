// Prints the workflow bundle. A process of its own: what webpack takes, some 150 MiB, goes with it.
import { buildWorkflowBundle } from './build-workflow-bundle.ts'

const { code } = await buildWorkflowBundle()
process.stdout.write(code)
