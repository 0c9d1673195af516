import type { RunStatus } from '../../../contracts/run-status.ts'
import {
  currentStageDetails,
  currentTraceDetails,
  currentRunDetails,
  currentShardDetails,
} from '../../../core/temporal-ui/current-details.ts'
import { linkTo, trailOf } from '../../../core/temporal-ui/links.ts'
import { halt, runStatus, stageStatus } from '../../support/run-views.ts'

const RUN = 'agent0/tiny'
const STAGE = `${RUN}/iter-002/executor`
const SHARD = `${STAGE}/step-0013/shard-000`
const TASK = `${SHARD}/task-000007`
const CURATION = linkTo(`${RUN}/iter-002/curation`, 'curation')
const skipped: RunStatus['resolvedHalts'] = [{ ...halt('curation', 'too few'), decision: 'skip' }]

test('a link is a path of the Temporal UI, which knows ids with slashes only in their escaped form', () => {
  expect(linkTo(STAGE, 'executor')).toBe(
    '[executor](/namespaces/{namespace}/workflows/agent0%2Ftiny%2Fiter-002%2Fexecutor)',
  )
})

test('the details of a run show its alerts: what is wrong, where, since when and what to do, or that it is cleared', () => {
  const stands = {
    kind: 'disk',
    subject: '/store',
    where: 'tiny/iter-002/executor',
    wrong: '4.2 % of the disk is free',
    advice: 'make room',
    raisedAt: '2026-11-26T12:34:56.789Z',
    clearedAt: null,
  } as const
  const cleared = { ...stands, wrong: 'nothing has moved', clearedAt: '2026-11-26T13:00:00.000Z' }
  const details = currentRunDetails(runStatus({ alerts: [cleared, stands] }))
  expect(details).toContain(
    '**alert since 2026-11-26 12:34 UTC** `tiny/iter-002/executor`: 4.2 % of the disk is free. **What to do:** make room.',
  )
  expect(details).toContain('cleared 2026-11-26 13:00 UTC: `tiny/iter-002/executor`: nothing has moved.')
})

test.each([
  ['a picture', '![x](http://evil.example/p.png)', String.raw`\!\[x\](http://evil.example/p.png)`],
  ['a link', '[agent0 retry](http://evil.example/)', String.raw`\[agent0 retry\](http://evil.example/)`],
  ['HTML', '<script>x</script>', String.raw`\<script\>x\</script\>`],
  ['code and emphasis', '`a` *b* _c_', String.raw`\`a\` \*b\* \_c\_`],
  ['lines, controls and half characters', 'a\n# b\u001b[2J\ud800', String.raw`a \# b␛\[2J` + '\ufffd'],
])('%s in a reason is text in the Temporal UI, wherever it stands', (_name, reason, shownAs) => {
  expect(currentRunDetails(runStatus({ halted: halt('curation', reason) }))).toContain(`${shownAs}.`)
  const resolved = [{ ...halt('curation', reason), decision: 'skip' as const }]
  expect(currentRunDetails(runStatus({ resolvedHalts: resolved }))).toContain(shownAs)
  expect(currentStageDetails(STAGE, { ...stageStatus(), waitsFor: reason })).toContain(`**Waiting:** ${shownAs}`)
})

test('commands are code in details, which the UI leaves as they are', () => {
  const reason = 'too few tasks. "agent0 stop --now" ends it'
  expect(currentRunDetails(runStatus({ halted: halt('curation', reason) }))).toContain(
    'tasks. `agent0 stop --now` ends it',
  )
})

test.each([
  [RUN, [], 'agent0/tiny'],
  [STAGE, [RUN], 'iter-002/executor'],
  [SHARD, [RUN, STAGE], 'step-0013/shard-000'],
  [TASK, [RUN, STAGE, SHARD], 'task-000007'],
])('the trail of %s links to each workflow above it', (id, above, own) => {
  const trail = trailOf(id)
  expect([...trail.matchAll(/workflows\/([^)]+)\)/g)].map(([, path]) => decodeURIComponent(path!))).toEqual(above)
  expect(trail.split(' › ').at(-1)).toBe(own)
})

test('the details of a stage say where it is, what it does, its shards and the latest numbers', () => {
  const details = currentStageDetails(STAGE, stageStatus({ latest: { 'mean reward': 0.123456 } }))
  expect(details).toContain('### executor · step 13 of 32\n')
  expect(details).toContain('**Now:** step 13 of 32: sample and vote')
  expect(details).toContain(`- ${linkTo(SHARD, 'step-0013/shard-000')}`)
  expect(details).toContain('- mean reward: 0.1235\n- sampled tokens: 234,567')
})

test('a stage that waits says why instead of what it does; the last step is not exceeded', () => {
  const waitsFor = 'paused: "agent0 resume" continues'
  const details = currentStageDetails(STAGE, stageStatus({ steps: { done: 32, total: 32 }, waitsFor }))
  expect(details).toContain('**Waiting:** paused')
  expect(details).not.toContain('sample and vote')
  expect(details).toContain('step 32 of 32')
  expect(currentStageDetails(STAGE, stageStatus({ steps: null }))).toContain('### executor\n')
})

test('the details of a shard say which tasks were retried, and where to read why', () => {
  const details = currentShardDetails(SHARD, {
    done: 3,
    total: 16,
    doing: 'roll out',
    triedAgain: [{ task: 7, attempt: 3 }],
  })
  expect(details).toContain('### 3 of 16 tasks done')
  expect(details).toContain('**Done after a retry**\n\n- task 7, at attempt 3')
  expect(details).toContain('*Pending Activities*')
  expect(currentShardDetails(SHARD, { done: 3, total: 16, doing: 'roll out', triedAgain: [] })).not.toContain(
    'after a retry',
  )
})

test('the details of a traced rollout say where each sample is', () => {
  const details = currentTraceDetails(TASK, 'task 7', [
    { turn: 1, next: 'execute' },
    { turn: 2, next: 'finish' },
  ])
  expect(details).toContain('### task 7: 1 of 2 samples done')
  expect(details).toContain('- sample 0, turn 1: its program runs\n- sample 1, turn 2: done')
})

test('the details of a run say how far it is, what runs, what comes next, and the scores so far', () => {
  const details = currentRunDetails(runStatus({ scores: [0.25, null] }))
  expect(details).toContain(`### tiny · iteration 2 of 3\n\n**Now:** ${linkTo(STAGE, 'executor')}\n`)
  expect(details).toContain('**Next:** evaluation, then iteration 3, in a history of its own.')
  expect(details).toContain(`- ${CURATION}: done`)
  expect(details).toContain('- evaluation: to come')
  expect(details).toContain('- base model: 0.250\n- iteration 1: –')
  expect(details).toContain('`agent0 report tiny`')
})

test.each<[Partial<RunStatus>, string[]]>([
  [{ iteration: 0, stages: ['evaluation'], stagesDone: [] }, ['evaluating the base model', 'iteration 1, in a']],
  [{ iteration: 3 }, ['**Next:** evaluation, then the run is finished.']],
  [{ stage: null }, ['**Now:** between stages', '- executor: to come']],
  [{ stage: null, stagesDone: ['curriculum', 'curation', 'executor', 'evaluation'] }, ['iteration 2 is done']],
  [{ control: { ...runStatus().control, paused: true } }, ['· **paused**: `agent0 resume` continues']],
  [{ stopAfter: 'iteration' }, ['**Next:** evaluation, then the run stops, as requested.']],
  [{ stopAfter: 'step' }, ['**Next:** the run stops after the current step']],
  [
    { halted: halt('executor', 'a\nb') },
    [
      `**Halted at ${linkTo(STAGE, 'executor')}:** a b. `,
      '**What to do:** then `agent0 retry executor`.',
      'a person decides',
    ],
  ],
  [{ halted: { ...halt('executor', ''), where: SHARD } }, [`It failed in ${linkTo(SHARD, 'step-0013/shard-000')}.`]],
  [{ resolvedHalts: skipped, stagesDone: [] }, [`- ${CURATION}: too few – skipped`, `- ${CURATION}: skipped`]],
])('the details of a run with %j say %j', (changes, sentences) => {
  for (const sentence of sentences) expect(currentRunDetails(runStatus(changes))).toContain(sentence)
})
