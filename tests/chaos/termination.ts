import { withConnection } from '../../services/temporal/with-connection.ts'
import { workflowIdOf } from '../../services/temporal/run-client.ts'
import { eventually } from './eventually.ts'
import { midFanOut, midStep, modelServerSays, trainingState } from './observe.ts'
import { type OwnRun, RUN } from './own-run.ts'
import { recovery } from './recovery.ts'

// "Terminate" of the Temporal UI: the workflows end at once, and nobody is told.

/** Ends the run as the UI does, and waits until none of its workflows runs. */
async function terminate(run: OwnRun): Promise<void> {
  const { Client } = await import('@temporalio/client')
  await withConnection(run.temporalAddress, async (connection) => {
    const client = new Client({ connection })
    await client.workflow.getHandle(workflowIdOf(RUN)).terminate('from the UI')
    const areOver = async () => (await client.workflow.count('ExecutionStatus = "Running"')).count === 0
    await eventually('no workflow of the run is left', areOver, { everyMs: 200 })
  })
}

/** A metric of a worker, summed over the lines that hold `label`. */
async function workerSays(run: OwnRun, worker: string, name: string, label: string): Promise<number> {
  const { address } = run.report().services.find((one) => one.name === worker)!
  const text = await (await fetch(address.slice(address.indexOf('http')))).text()
  const lines = text.split('\n').filter((line) => line.startsWith(`temporal_${name}{`) && line.includes(label))
  return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0)
}

async function areIdle(run: OwnRun, ...workers: string[]): Promise<boolean> {
  const used = workers.map((worker) => workerSays(run, worker, 'worker_task_slots_used', '"ActivityWorker"'))
  return (await Promise.all(used)).every((slots) => slots === 0)
}

export async function terminateInMidRollout(run: OwnRun): Promise<number | null> {
  await midFanOut(run, 'curation')
  await terminate(run)
  const isIdle = async () =>
    (await modelServerSays(run, 'num_requests_running')) === 0 && areIdle(run, 'worker-rollout', 'worker-bookkeeping')
  await eventually('nothing is sampled or run for it any more', isIdle, { everyMs: 200 })
  return recovery(run, () => run.start())
}

/** The trainer stands still in the middle of a step until the run is gone: what it then computes is for nobody. */
export async function terminateInMidStep(run: OwnRun): Promise<number | null> {
  await midStep(run, 'executor', 1, 1)
  const trainer = run.process('trainer')
  process.kill(trainer.pid, 'SIGSTOP')
  await terminate(run)
  const isTold = async () => (await workerSays(run, 'worker-training', 'request_failure_total', 'Heartbeat')) > 0
  await eventually('the worker hears that nobody knows its beat', isTold, { everyMs: 200 })
  process.kill(trainer.pid, 'SIGCONT')
  const isCalledOff = async () => (await trainingState(run, 'executor', 1)).state === 'aborted'
  await eventually('the step is called off', isCalledOff, { withinMs: 30_000, everyMs: 200 })
  await eventually('the worker is at nothing', () => areIdle(run, 'worker-training'), { everyMs: 200 })
  return recovery(run, () => run.start())
}
