import { effectsFor } from '../../../core/rollout/effects.ts'
import type { ExecutionResult } from '../../../contracts/execution-result.ts'
import { replay } from '../../../core/rollout/advance.ts'
import type { Program, Sandbox } from '../../../contracts/ports/index.ts'
import { FakeSandbox, okVerdict } from '../../support/fake-sandbox.ts'
import { FakeStore } from '../../support/fake-store.ts'
import { FakeModelServer } from '../../support/fake-model-server.ts'
import { aServablePolicy } from '../../support/policies.ts'
import { aStart, encode, executed, failedVerdicts, generated, program } from '../../support/rollouts.ts'
import { smallConfig } from '../../support/small-world.ts'

const limits = { cpuMs: 1_000, wallMs: 2_000, memoryBytes: 1 << 20, outputBytes: 1 << 20 }

/** A sandbox that notes what each session ran before and after it was opened. */
class NotingSandbox extends FakeSandbox {
  readonly sessions: { before: string[]; ran: string[]; closed: boolean }[] = []

  override async openSession(journaled: readonly Program[]): ReturnType<Sandbox['openSession']> {
    const session = { before: journaled.map(({ source }) => source), ran: [] as string[], closed: false }
    this.sessions.push(session)
    const run = async ({ source }: Program): Promise<ExecutionResult> => {
      session.ran.push(source)
      return okVerdict('7\n')
    }
    return { run, close: async () => void (session.closed = true) }
  }
}

async function executeWith(session: 'stateless' | 'per-rollout', sandbox: Sandbox) {
  const timeout = failedVerdicts.find(({ kind }) => kind === 'timeout')!
  const timedOut = { ...executed(1, ''), verdict: timeout }
  const journal = [
    generated(0, program('x=3')),
    executed(0, ''),
    generated(1, program('while True: pass')),
    timedOut,
    generated(2, program('print(x+4)')),
  ]
  const { rollout, ...rest } = smallConfig('small')
  const services = {
    models: new FakeModelServer(),
    sandbox,
    tokenizer: { encode, decode: () => '' },
    executionLimits: limits,
  }
  const effects = effectsFor(
    services,
    { ...rest, rollout: { ...rollout, session } },
    {
      policy: aServablePolicy(0, null),
      settings: rest.curation.answers,
      task: 'a task',
      journal: await new FakeStore().openJournal('small/iter-001/executor/step-0001/task-000001/rollouts.jsonl'),
      tell: () => {},
      signal: new AbortController().signal,
    },
  )
  return effects.execute('print(x+4)', replay(aStart(), journal))
}

test('a session has run the blocks that came to an end before the next one, and is closed behind it', async () => {
  const sandbox = new NotingSandbox({})
  expect((await executeWith('per-rollout', sandbox)).output.text).toContain('7')
  expect(sandbox.sessions).toEqual([{ before: ['x=3'], ran: ['print(x+4)'], closed: true }])
})

test('without sessions a block stands alone', async () => {
  const sandbox = new NotingSandbox({ 'print(x+4)': () => failedVerdicts[0]! })
  expect((await executeWith('stateless', sandbox)).output.text).toContain('NameError')
  expect(sandbox.sessions).toEqual([])
})

test('what lasts of a result is short, however much was printed; what the policy is shown comes from all of it', async () => {
  const printed = `${'x'.repeat(100_000)}\n42\n`
  const { verdict, output } = await executeWith(
    'stateless',
    new NotingSandbox({ 'print(x+4)': () => okVerdict(printed) }),
  )
  expect(output.text).toContain('42')
  expect(verdict).toMatchObject({ kind: 'ok', stdoutBytes: printed.length })
  expect(JSON.stringify(verdict).length).toBeLessThan(5_000)
})
