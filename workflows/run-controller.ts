import {
  ApplicationFailure,
  type ChildWorkflowHandle,
  condition,
  setCurrentDetails,
  setHandler,
} from '@temporalio/workflow'
import type { Alert } from '../contracts/alert.ts'
import type { EvolutionState } from '../contracts/evolution-state.ts'
import type { FailureType } from '../contracts/errors.ts'
import type { RunId } from '../contracts/ids.ts'
import type { RunConfig } from '../contracts/run-config.ts'
import type { Control, Halt, RunStatus } from '../contracts/run-status.ts'
import { currentRunDetails } from '../core/temporal-ui/current-details.ts'
import { stagesOf } from '../core/recipes/index.ts'
import type { StageWorkflow } from './stage-input.ts'
import * as messages from './messages.ts'

/** What a person has asked of a run; it outlives the iteration. */
export interface Wanted {
  paused: boolean
  tasksInFlight: number
  sampledTokensMax: number | 'none'
  stopAfter: 'step' | 'iteration' | null
}

/** What a run carries from one iteration, which has a history of its own, into the next. */
export interface Carried {
  wanted: Wanted
  scores: (number | null)[]
  alerts: Alert[]
}

/** What a person decided about a halted stage. */
export type Decision = { kind: 'retry'; config: RunConfig | null } | { kind: 'skip' }

type Stage = { name: string; handle: ChildWorkflowHandle<StageWorkflow> }

const BAD_ORDER: FailureType = 'Agent0.BadConfig'

function refuse(sentence: string): never {
  throw ApplicationFailure.nonRetryable(sentence, BAD_ORDER)
}

/** What a run wants of itself, until a person says otherwise. */
function wantedBy({ rollout, budget }: RunConfig): Wanted {
  const { tasksInFlight } = rollout
  return { paused: false, tasksInFlight, sampledTokensMax: budget.sampledTokensMax, stopAfter: null }
}

/** Where a run hears what people want and says where it stands. */
export class RunController {
  readonly run: RunId
  wanted: Wanted
  #config: RunConfig
  #state: EvolutionState | undefined
  #stage: Stage | undefined
  #stagesDone: string[] = []
  #scores: (number | null)[]
  #halted: Halt | null = null
  readonly #resolvedHalts: RunStatus['resolvedHalts'] = []
  #alerts: Alert[]
  #decision: Decision | undefined

  constructor(run: RunId, config: RunConfig, { wanted, scores = [], alerts = [] }: Partial<Carried> = {}) {
    this.run = run
    this.#config = config
    this.#scores = scores
    this.#alerts = alerts
    this.wanted = wanted ?? wantedBy(config)
    this.#listen()
  }

  /** Stages that halted in this iteration, and went on. */
  get resolvedHalts(): RunStatus['resolvedHalts'] {
    return this.#resolvedHalts
  }

  get scores(): (number | null)[] {
    return this.#scores
  }

  get carried(): Carried {
    return { wanted: this.wanted, scores: this.#scores, alerts: this.#alerts }
  }

  /** The state has changed: a stage is over, or an iteration begins. */
  tell(state: EvolutionState, stagesDone: string[], scores = this.#scores): void {
    this.#state = state
    this.#stagesDone = stagesDone
    this.#scores = scores
    this.#show()
  }

  /** The iteration is over: what it leaves, under its own number. */
  close(next: EvolutionState, score: number | null): void {
    const { iteration, stages } = this.#status()
    this.tell({ ...next, iteration }, stages, [...this.#scores, score])
  }

  /** What the stages hear. */
  get control(): Control {
    const { paused, tasksInFlight, sampledTokensMax, stopAfter } = this.wanted
    const spent = this.#state?.sampledTokens ?? 0
    const sampledTokensLeft = sampledTokensMax === 'none' ? null : Math.max(0, sampledTokensMax - spent)
    return { paused, tasksInFlight, stopAfterStep: stopAfter === 'step', sampledTokensLeft }
  }

  set stage(stage: Stage | undefined) {
    this.#stage = stage
    this.#show()
  }

  /** Goes on with another config. Of what it can change in mid-run counts what differs from the former one. */
  reconfigure(config: RunConfig): void {
    const [before, now] = [wantedBy(this.#config), wantedBy(config)]
    this.#config = config
    for (const key of ['tasksInFlight', 'sampledTokensMax'] as const)
      if (now[key] !== before[key]) this.wanted = { ...this.wanted, [key]: now[key] }
    this.#show()
  }

  /** Waits for a person, since a stage cannot go on by itself. */
  async halt(halt: Halt): Promise<Decision> {
    const { stage, reason } = halt
    this.#halted = { ...halt, reason: `${reason}. "agent0 retry ${stage}" or "agent0 skip ${stage}" goes on` }
    this.#decision = undefined
    this.#show()
    await condition(() => this.#decision !== undefined)
    this.#halted = null
    this.#resolvedHalts.push({ ...halt, decision: this.#decision!.kind })
    this.#show()
    return this.#decision!
  }

  #listen(): void {
    const order = (changes: Partial<Wanted>) => async () => this.#want(changes)
    setHandler(messages.pauseUpdate, order({ paused: true }), { description: 'begin nothing new; what runs ends' })
    setHandler(messages.resumeUpdate, order({ paused: false, stopAfter: null }), { description: 'go on' })
    // A paused run would not come to the end of its step.
    setHandler(messages.stopAfterUpdate, async (stopAfter) => this.#want({ stopAfter, paused: false }), {
      description: 'end the run after the training step, or the iteration, that is under way',
      validator: (after) => (['step', 'iteration'].includes(after) ? undefined : refuse('"step" or "iteration"')),
    })
    setHandler(messages.setConcurrencyUpdate, async (tasksInFlight) => this.#want({ tasksInFlight }), {
      description: 'tasks that are rolled out at the same time',
      validator: (tasks) =>
        Number.isInteger(tasks) && tasks >= 1 && tasks <= 500 ? undefined : refuse('from 1 to 500'),
    })
    setHandler(messages.setBudgetUpdate, async (sampledTokensMax) => this.#want({ sampledTokensMax }), {
      description: 'sampled tokens of the whole run, or "none" for no bound',
      validator: (tokens) => (tokens === 'none' || tokens >= 1 ? undefined : refuse('a number of tokens, or "none"')),
    })
    const needsHalt = () => {
      if (this.#halted === null) refuse('no stage is halted: there is nothing to decide')
    }
    setHandler(messages.retryStageUpdate, async (config: RunConfig | null) => this.#decide({ kind: 'retry', config }), {
      description: 'try the halted stage again, with another config if one is given',
      validator: (_config: RunConfig | null) => needsHalt(),
    })
    setHandler(messages.skipStageUpdate, async () => this.#decide({ kind: 'skip' }), {
      description: 'leave the halted stage out of this iteration',
      validator: needsHalt,
    })
    setHandler(messages.alertsSignal, (alerts) => this.#hearAlerts(alerts), {
      description: 'from the bookkeeping worker that watches the run: alerts that stand, or were cleared lately',
    })
    setHandler(messages.runStatusQuery, () => this.#status(), { description: 'where the run stands' })
  }

  #decide(decision: Decision): void {
    this.#decision = decision
  }

  #hearAlerts(alerts: Alert[]): void {
    this.#alerts = alerts
    this.#show()
  }

  async #want(changes: Partial<Wanted>): Promise<void> {
    this.wanted = { ...this.wanted, ...changes }
    this.#show()
    // A stage that has just ended needs to know nothing.
    await this.#stage?.handle.signal(messages.controlSignal, this.control).catch(() => {})
  }

  #status(): RunStatus {
    const state = this.#state
    const iteration = state?.iteration ?? 0
    const policies = Object.entries(state?.policies ?? {}).map(([role, policy]) => [role, policy.name])
    return {
      run: this.run,
      iteration,
      iterations: this.#config.iterations,
      stage: this.#stage === undefined ? null : { name: this.#stage.name, workflowId: this.#stage.handle.workflowId },
      stages: stagesOf(this.#config, iteration).map(({ name }) => name),
      stagesDone: this.#stagesDone,
      control: this.control,
      stopAfter: this.wanted.stopAfter,
      halted: this.#halted,
      resolvedHalts: this.#resolvedHalts,
      policies: Object.fromEntries(policies) as RunStatus['policies'],
      sampledTokens: state?.sampledTokens ?? 0,
      scores: this.#scores,
      alerts: this.#alerts,
    }
  }

  #show(): void {
    setCurrentDetails(currentRunDetails(this.#status()))
  }
}
