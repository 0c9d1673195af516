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

test('the board of a run shows its alerts: what is wrong, where, since when and what to do, or that it is cleared', () => {
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
  const board = currentRunDetails(runStatus({ alerts: [cleared, stands] }))
  expect(board).toContain(
    '**alert since 2026-11-26 12:34 UTC** `tiny/iter-002/executor`: 4.2 % of the disk is free. **What to do:** make room.',
  )
  expect(board).toContain('cleared 2026-11-26 13:00 UTC: `tiny/iter-002/executor`: nothing has moved.')
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
  expect(currentStageDetails(STAGE, { ...stageStatus(), waitsFor: reason })).toContain(`**Waits:** ${shownAs}`)
})

test('what a person is to type stands on a board as code, which the UI leaves as it is', () => {
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

test('the board of a stage says where it is, what it is at, its shards and the latest numbers', () => {
  const board = currentStageDetails(STAGE, stageStatus({ latest: { 'mean reward': 0.123456 } }))
  expect(board).toContain('### executor · step 13 of 32\n')
  expect(board).toContain('**Now:** step 13 of 32: sample and vote')
  expect(board).toContain(`- ${linkTo(SHARD, 'step-0013/shard-000')}`)
  expect(board).toContain('- mean reward: 0.1235\n- sampled tokens: 234,567')
})

test('a stage that waits says why instead of what it is at; the last step is not exceeded', () => {
  const waitsFor = 'paused: "agent0 resume" goes on'
  const board = currentStageDetails(STAGE, stageStatus({ steps: { done: 32, total: 32 }, waitsFor }))
  expect(board).toContain('**Waits:** paused')
  expect(board).not.toContain('sample and vote')
  expect(board).toContain('step 32 of 32')
  expect(currentStageDetails(STAGE, stageStatus({ steps: null }))).toContain('### executor\n')
})

test('the board of a shard says which tasks failed at first, and where to read why', () => {
  const board = currentShardDetails(SHARD, {
    done: 3,
    total: 16,
    doing: 'roll out',
    triedAgain: [{ task: 7, attempt: 3 }],
  })
  expect(board).toContain('### 3 of 16 tasks are done')
  expect(board).toContain('- task 7, at attempt 3')
  expect(board).toContain('*Pending Activities*')
  expect(currentShardDetails(SHARD, { done: 3, total: 16, doing: 'roll out', triedAgain: [] })).not.toContain('Failed')
})

test('the board of a task that is shown turn by turn says where each sample stands', () => {
  const board = currentTraceDetails(TASK, 'task 7', [
    { turn: 1, next: 'execute' },
    { turn: 2, next: 'finish' },
  ])
  expect(board).toContain('### task 7: 1 of 2 samples have ended')
  expect(board).toContain('- sample 0, turn 1: its program runs\n- sample 1, turn 2: has ended')
})

test('the board of a run says how far it is, what runs, what comes next, and the scores so far', () => {
  const board = currentRunDetails(runStatus({ scores: [0.25, null] }))
  expect(board).toContain(`### tiny · iteration 2 of 3\n\n**Now:** ${linkTo(STAGE, 'executor')}\n`)
  expect(board).toContain('**Next:** evaluation, then iteration 3, in a history of its own.')
  expect(board).toContain(`- ${CURATION}: done`)
  expect(board).toContain('- evaluation: to come')
  expect(board).toContain('- base model: 0.250\n- iteration 1: –')
  expect(board).toContain('`agent0 report tiny`')
})

test.each<[Partial<RunStatus>, string[]]>([
  [{ iteration: 0, stages: ['evaluation'], stagesDone: [] }, ['the base model is evaluated', 'iteration 1, in a']],
  [{ iteration: 3 }, ['**Next:** evaluation, then the run is finished.']],
  [{ stage: null }, ['**Now:** between stages', '- executor: to come']],
  [{ stage: null, stagesDone: ['curriculum', 'curation', 'executor', 'evaluation'] }, ['iteration 2 is over']],
  [{ control: { ...runStatus().control, paused: true } }, ['· **paused**: `agent0 resume` goes on']],
  [{ stopAfter: 'iteration' }, ['**Next:** evaluation, then it stops, as a person wants.']],
  [{ stopAfter: 'step' }, ['**Next:** it stops after the step under way']],
  [
    { halted: halt('executor', 'a\nb') },
    [`**Halted at ${linkTo(STAGE, 'executor')}:** a b.\n`, 'what a person decides'],
  ],
  [{ halted: { ...halt('executor', ''), where: SHARD } }, [`It failed in ${linkTo(SHARD, 'step-0013/shard-000')}.`]],
  [{ resolvedHalts: skipped, stagesDone: [] }, [`- ${CURATION}: too few – left out`, `- ${CURATION}: left out`]],
])('of a run that is %j its board says %j', (changes, sentences) => {
  for (const sentence of sentences) expect(currentRunDetails(runStatus(changes))).toContain(sentence)
})
