// The interfaces to the outside world. Rooms import the ports from here; their adapters are in services/.
export type * from './artifact-store.ts'
export type * from './grader.ts'
export type * from './histories.ts'
export type * from './model-server.ts'
export type * from './sandbox.ts'
export type * from './tokenizer.ts'
export type * from './trainer.ts'
