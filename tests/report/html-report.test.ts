import { DOMParser } from 'linkedom'
import { curves } from '../../report/html/figures.ts'
import { htmlReport } from '../../report/html/page.ts'
import { RunConfig, type RunConfigInput } from '../../contracts/run-config.ts'
import { Rollout } from '../../contracts/rollout.ts'
import type { Trajectory } from '../../report/read-trajectories.ts'
import { reportOf, type RunArtifacts } from '../../core/report/run-report.ts'
import { replay } from '../../core/rollout/advance.ts'
import { vote } from '../../core/voting/vote.ts'
import { runArtifacts } from '../support/run-artifacts.ts'
import { aStart, aTaskId, executed, generated, program } from '../support/rollouts.ts'

const HOSTILE = `</pre><script>alert("x")</script><img src=x onerror='y'> & \\boxed{1}`

/** A program, then a text. */
function rolloutThatEnds(text: string): Rollout {
  const turns = [generated(0, program('print(6 * 7)')), executed(0, '42'), generated(1, text, 'end_of_sequence')]
  const { limits: _, pendingCode: __, ...rollout } = replay(aStart(), turns)
  return Rollout.parse(rollout)
}

function trajectory(text: string): Trajectory {
  const answers = [text, text, '2', null]
  return {
    because: 'kept, most divided',
    iteration: 1,
    task: aTaskId,
    truth: text,
    sample: 0,
    rollout: rolloutThatEnds(text),
    outcome: {
      id: aTaskId,
      question: text,
      policy: 'made-up-executor-v0-c0ffee00',
      label: null,
      pHat: null,
      vote: vote(answers),
      majorityRight: null,
      graderVersion: 2,
      samples: [],
    },
  }
}

const pageOf = (artifacts: RunArtifacts, trajectories: Trajectory[] = []) =>
  htmlReport(artifacts, reportOf(artifacts), trajectories)
const parsed = (page: string) => new DOMParser().parseFromString(page, 'text/html')
const page = pageOf(runArtifacts(3), [trajectory(HOSTILE)])

test('the page asks nobody for anything: no script, no address, no file, and a policy that forbids them', () => {
  const document = parsed(page)
  expect(document.querySelectorAll('script, link, img, iframe, object, embed, image, use')).toHaveLength(0)
  const attributes = [...document.querySelectorAll('*')].flatMap((element) => [...element.attributes])
  expect(attributes.filter(({ name }) => /^(src|on\w+|xlink:href|srcset|action)$/i.test(name))).toEqual([])
  expect(attributes.filter(({ name, value }) => name === 'href' && !value.startsWith('#'))).toEqual([])
  expect(page).not.toMatch(/@import|url\((?!#)/)
  expect(document.querySelector('meta[http-equiv]')!.getAttribute('content')).toContain("default-src 'none'")
})

test('a character that would not be seen, or would turn the line round, is a visible mark', () => {
  const text = pageOf(runArtifacts(3), [trajectory('a\0b\u001b[2Jc\u202ed\u2066e\ud800f\u009bg')])
  expect(text).toContain('a␀b␛[2Jc\\u202ed\\u2066e\ufffdf\\u009bg')
  // eslint-disable-next-line no-control-regex
  expect(text).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]|\p{Surrogate}/u)
})

test('the program that a turn shows is the block that ran, also where its text stands in the prose behind it', () => {
  const turns = [
    generated(0, 'Compute.\n```python\n1\n```\nI say 1 here.'),
    executed(0, '1'),
    generated(1, '\\boxed{1}', 'end_of_sequence'),
  ]
  const { limits: _, pendingCode: __, ...rollout } = replay(aStart(), turns)
  const shown = pageOf(runArtifacts(3), [{ ...trajectory('x'), rollout: Rollout.parse(rollout) }])
  const article = parsed(shown).querySelector('article')!
  expect(article.querySelector('pre.code')!.textContent).toBe('1')
  expect([...article.querySelectorAll('pre.text')].slice(0, 2).map((each) => each.textContent)).toEqual([
    'Compute.',
    'I say 1 here.',
  ])
})

test('what models wrote is shown as it is and is never markup', () => {
  const texts = [...parsed(page).querySelectorAll('blockquote, .text, td code')].map((each) => each.textContent)
  expect(texts.filter((text) => text === HOSTILE).length).toBeGreaterThanOrEqual(3)
})

test('a trajectory shows task, vote, every turn, code, output and answer', () => {
  const article = parsed(pageOf(runArtifacts(1), [trajectory('what is asked')])).querySelector('article')!
  expect(article.querySelector('.code')!.textContent).toBe('print(6 * 7)')
  expect(article.querySelector('.output')!.textContent).toContain('42')
  expect(article.querySelectorAll('section')).toHaveLength(2)
  expect([...article.querySelectorAll('.vote tr')].map((row) => row.lastElementChild!.textContent)).toEqual([
    '2 of 4',
    '1 of 4',
    '1 of 4',
  ])
  expect(article.textContent).toContain('p̂ = 0.50')
})

test('every figure is a drawing with a name and axes', () => {
  const figures = [...parsed(page).querySelectorAll('figure')]
  expect(figures.map((figure) => figure.querySelector('figcaption')!.textContent)).toEqual([
    'Held-out tasks',
    "Frozen executor of iteration 1 on each iteration's tasks",
    'Tool calls per rollout on the pool',
    'Pseudo-labels that are right',
    'Tasks of the pool by p̂',
    'What became of the proposals',
    'Clipped tokens by p̂ of their task, executor',
    'Wall time by stage',
    'Sampled tokens by stage',
    'Loss, by step',
    'Entropy (nats), by step',
    'Gradient norm, by step',
    'KL(train ‖ server) (nats), by step',
  ])
  for (const figure of figures) {
    const drawing = figure.querySelector('svg[aria-label]')!
    expect(drawing.getAttribute('aria-label')).toBe(figure.querySelector('figcaption')!.textContent)
    expect(drawing.querySelectorAll('[aria-label$="tick label"] text').length).toBeGreaterThan(1)
  }
  expect(page).not.toMatch(/NaN|undefined|Infinity/)
})

test('clipped tokens are coloured by the bounds of the loss, the pool by the band', () => {
  const run = runArtifacts(1)
  const legendsFor = (changes: RunConfigInput) => {
    const config = RunConfig.parse({ ...changes, curation: { band: { low: 0.2, high: 0.7 } } })
    const figures = [...parsed(pageOf({ ...run, config })).querySelectorAll('figure')]
    return figures
      .filter((figure) => /p̂/.test(figure.querySelector('figcaption')!.textContent))
      .map((figure) => figure.querySelector('.legend li')?.textContent.trim() ?? null)
  }
  const adpo = { kind: 'adpo', pHatLow: 0.3, pHatHigh: 0.8 } as const
  expect(legendsFor({ name: 'a', executor: { loss: adpo } })).toEqual([
    'p̂ from 0.2 to 0.7: the band that is kept',
    'p̂ from 0.3 to 0.8: the bounds of ADPO',
  ])
  expect(legendsFor({ name: 'a', executor: { loss: { kind: 'grpo' } } })[1]).toBeNull()
})

test('what was not measured has no figure', () => {
  const captions = [...parsed(pageOf(runArtifacts(0))).querySelectorAll('figcaption')].map((each) => each.textContent)
  expect(captions).toEqual(['Held-out tasks', 'Wall time by stage', 'Sampled tokens by stage'])
  expect(pageOf(runArtifacts(null))).toContain('not even the base model is evaluated yet')
})

test('the same artifacts give the same page', () => {
  expect(pageOf(runArtifacts(3), [trajectory(HOSTILE)])).toBe(page)
})

test.each([
  [0.03, 0.149],
  [0.02, 0.18],
  [0, 11],
  [0, 2.6e-7],
  [-0.2, 0.12],
  [0, 350],
])('the ticks of a curve from %d to %d are plain numbers, each another', (least, most) => {
  const points = [least, most].map((value, step) => ({ step, stage: 'executor', value }))
  const drawing = parsed(curves('A curve', ['executor'], points)!.text)
  const labels = [...drawing.querySelectorAll('[aria-label="y-axis tick label"] text')].map((each) => each.textContent)
  expect(labels.length).toBeGreaterThan(2)
  expect(new Set(labels).size).toBe(labels.length)
  for (const label of labels) expect(label).toMatch(/^−?\d+(\.\d+)?$/)
})
