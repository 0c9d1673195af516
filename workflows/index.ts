// The workflows that the worker registers, under the names of `workflowTypes` (contracts/messages.ts).
export { curation } from './curation.ts'
export { evaluation } from './evaluation.ts'
export { evolution } from './evolution.ts'
export { onlineTraining } from './online-training.ts'
export { rolloutShard } from './rollout-shard.ts'
export { tracedRollout as glassBoxRollout } from './traced-rollout.ts'
