import { type ChildWorkflowHandle, condition, setCurrentDetails } from '@temporalio/workflow'
import type { Alert } from '../contracts/alert.ts'
import { adviceAtHalt, isAcceptable } from '../contracts/errors.ts'
import type { EvolutionState } from '../contracts/evolution-state.ts'
import type { AcceptanceOrder } from '../contracts/messages.ts'
import type { DecisionRecord } from '../contracts/run-record.ts'
import type { RunId } from '../contracts/ids.ts'
import type { RunConfig } from '../contracts/run-config.ts'
import type { Control, Halt, RunStatus } from '../contracts/run-status.ts'
import { currentRunDetails } from '../core/temporal-ui/current-details.ts'
import { stagesOf } from '../core/recipes/index.ts'
import { controlSignal } from './messages.ts'
import type { StageWorkflow } from './stage-input.ts'

/** What people can change about a running run. It outlives the iteration. */
export interface RunSettings {
  paused: boolean
  tasksInFlight: number
  sampledTokensMax: number | 'none'
  stopAfter: 'step' | 'iteration' | null
}

/** What a run carries from one iteration into the next, which has a history of its own. */
export interface Carried {
  settings: RunSettings
  scores: (number | null)[]
  alerts: Alert[]
}

/** As histories hold it; runs of the previous version spell `settings` as `wanted`. */
export type StoredCarried = Partial<Carried> & { wanted?: RunSettings }

/** What a person decided about a halted stage. */
export type Decision =
  | { kind: 'retry'; config: RunConfig | null }
  | { kind: 'skip' }
  | ({ kind: 'accept'; refusal: string } & AcceptanceOrder)

type Stage = { name: string; handle: ChildWorkflowHandle<StageWorkflow> }

/** The settings that a config starts with. */
function settingsOf({ rollout, budget }: RunConfig): RunSettings {
  const { tasksInFlight } = rollout
  return { paused: false, tasksInFlight, sampledTokensMax: budget.sampledTokensMax, stopAfter: null }
}

/** The state of a run's workflow: its settings, what its stages have done, and what its status shows. */
export class RunController {
  readonly run: RunId
  settings: RunSettings
  #config: RunConfig
  #state: EvolutionState | undefined
  #stage: Stage | undefined
  #stagesDone: string[] = []
  #scores: (number | null)[]
  #halted: RunStatus['halted'] = null
  /** The type of the failure that it is halted with. */
  #haltType: string | undefined
  readonly #decisions: DecisionRecord[] = []
  readonly #resolvedHalts: RunStatus['resolvedHalts'] = []
  #alerts: Alert[]
  #decision: Decision | undefined

  constructor(run: RunId, config: RunConfig, carried: StoredCarried = {}) {
    this.run = run
    this.#config = config
    this.#scores = carried.scores ?? []
    this.#alerts = carried.alerts ?? []
    this.settings = carried.settings ?? carried.wanted ?? settingsOf(config)
  }

  /** Halts of this iteration that a person has resolved. */
  get resolvedHalts(): RunStatus['resolvedHalts'] {
    return this.#resolvedHalts
  }

  get scores(): (number | null)[] {
    return this.#scores
  }

  get carried(): Carried {
    return { settings: this.settings, scores: this.#scores, alerts: this.#alerts }
  }

  /** What the stages are told. */
  get control(): Control {
    const { paused, tasksInFlight, sampledTokensMax, stopAfter } = this.settings
    const spent = this.#state?.sampledTokens ?? 0
    const sampledTokensLeft = sampledTokensMax === 'none' ? null : Math.max(0, sampledTokensMax - spent)
    return { paused, tasksInFlight, stopAfterStep: stopAfter === 'step', sampledTokensLeft }
  }

  get isHalted(): boolean {
    return this.#halted !== null
  }

  /** What the record of this iteration keeps. */
  get decisions(): DecisionRecord[] {
    return this.#decisions
  }

  /** Why the refusal that the run is halted with cannot be accepted; null if it can. */
  get notAcceptable(): string | null {
    if (this.#halted === null) return 'no stage is halted, so there is nothing to decide'
    if (isAcceptable(this.#haltType)) return null
    return `${this.#halted.stage} is not halted by a canary over its bound, and nothing else can be accepted`
  }

  /** The reason of the present halt. */
  get reason(): string {
    return this.#halted?.reason ?? ''
  }

  get status(): RunStatus {
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
      stopAfter: this.settings.stopAfter,
      halted: this.#halted,
      resolvedHalts: this.#resolvedHalts,
      policies: Object.fromEntries(policies) as RunStatus['policies'],
      sampledTokens: state?.sampledTokens ?? 0,
      scores: this.#scores,
      alerts: this.#alerts,
    }
  }

  /** The running stage; undefined between stages. */
  set stage(stage: Stage | undefined) {
    this.#stage = stage
    this.#show()
  }

  /** The state has changed: a stage has ended, or an iteration starts. */
  update(state: EvolutionState, stagesDone: string[], scores = this.#scores): void {
    this.#state = state
    this.#stagesDone = stagesDone
    this.#scores = scores
    this.#show()
  }

  /** Shows the results of a finished iteration, still under its own number. */
  finishIteration(next: EvolutionState, score: number | null): void {
    const { iteration, stages } = this.status
    this.update({ ...next, iteration }, stages, [...this.#scores, score])
  }

  /** Takes another config. Settings that people can change while the run runs change only where the two configs differ. */
  reconfigure(config: RunConfig): void {
    const [before, now] = [settingsOf(this.#config), settingsOf(config)]
    this.#config = config
    for (const key of ['tasksInFlight', 'sampledTokensMax'] as const)
      if (now[key] !== before[key]) this.settings = { ...this.settings, [key]: now[key] }
    this.#show()
  }

  /** Changes settings and tells the running stage. */
  async changeSettings(changes: Partial<RunSettings>): Promise<void> {
    this.settings = { ...this.settings, ...changes }
    this.#show()
    // A stage that has just ended does not need it.
    await this.#stage?.handle.signal(controlSignal, this.control).catch(() => {})
  }

  onAlerts(alerts: Alert[]): void {
    this.#alerts = alerts
    this.#show()
  }

  /** Resolves the halt. */
  decide(decision: Decision): void {
    this.#decision = decision
  }

  /** Waits until a person decides what happens with a stage that failed. */
  async halt({ type, ...halt }: Halt & { type: string | undefined }): Promise<Decision> {
    this.#halted = { ...halt, advice: adviceAtHalt(type, halt.stage) }
    this.#haltType = type
    this.#decision = undefined
    this.#show()
    await condition(() => this.#decision !== undefined)
    this.#halted = null
    const decision = this.#decision!
    this.#resolvedHalts.push({ ...halt, decision: decision.kind })
    const { stage, reason } = halt
    const at = new Date().toISOString()
    if (decision.kind === 'skip') this.#decisions.push({ stage, reason, decision: 'skip', at })
    if (decision.kind === 'accept')
      this.#decisions.push({ stage, reason, decision: 'accept', at, by: decision.by, why: decision.reason })
    this.#show()
    return decision
  }

  #show(): void {
    setCurrentDetails(currentRunDetails(this.status))
  }
}
