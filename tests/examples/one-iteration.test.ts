import { oneIteration } from '../../examples/one-iteration.ts'
import { adpoClipHigh, adpoScale } from '../../core/advantages/row-control.ts'
import { knownTruth } from '../../core/loop/known-truth.ts'

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0)

test('the same iteration twice is the same to the last digit', async () => {
  // The trainer itself refuses a step that comes again with other rows.
  expect(await oneIteration()).toEqual(await oneIteration())
})

test('a malformed proposal earns nothing, and the best one divided the executor', async () => {
  const { proposals, rewards } = (await oneIteration()).curriculum
  const malformed = proposals.flatMap(({ parsed }, index) => (parsed.kind === 'malformed' ? [rewards[index]] : []))
  expect(malformed.length).toBeGreaterThan(0)
  expect(new Set(malformed)).toEqual(new Set([0]))
  expect(Math.max(...rewards)).toBeGreaterThan(0.5)
})

test('kept tasks lie in the band, each proposal is kept or dropped once, and nobody was told a truth', async () => {
  const { config, curation } = await oneIteration()
  const { low, high } = config.curation.band
  expect(curation.kept.filter(({ pHat }) => pHat < low || pHat > high)).toEqual([])
  expect(curation.kept.length + sum(Object.values(curation.dropped))).toBe(config.curation.poolSize)
  // Labels are votes: in this world, where an answer is wrong one time in three, most are right and need not all be.
  const right = curation.kept.filter(({ question, label }) => knownTruth('tiny-world', question) === label)
  expect(right.length).toBeGreaterThan(curation.kept.length / 2)
})

test('advantages of a group add up to zero; ADPO scales them down, and clips later, where agreement was low', async () => {
  const { config, curriculum, executor } = await oneIteration()
  const { loss } = config.executor
  if (loss.kind !== 'adpo') throw new Error('the executor trains with ADPO')
  for (const { advantages } of [...curriculum.credits, ...executor.credits]) expect(sum(advantages)).toBeCloseTo(0, 9)
  const divided = executor.credits.flatMap((credit, index) => {
    const { pHat } = executor.groups[index]!
    expect(credit.clipHigh).toBe(adpoClipHigh(loss, pHat!))
    const squares = sum(credit.advantages.map((advantage) => advantage ** 2))
    return credit.zeroVariance ? [] : [Math.sqrt(squares / (credit.advantages.length - 1)) / adpoScale(loss, pHat!)]
  })
  // Divided by s(p̂), every group has the standard deviation 1 (but for the ε in the denominator).
  expect(divided.length).toBeGreaterThan(2)
  for (const deviation of divided) expect(deviation).toBeCloseTo(1, 4)
})

test('rows hold what was sampled: prompt first and masked, tool output masked too', async () => {
  const { executor } = await oneIteration()
  expect(executor.rows).toHaveLength(sum(executor.groups.map(({ samples }) => samples.length)))
  const withTool = executor.groups.flatMap(({ samples }) => samples).filter(({ turns }) => turns.length > 1)
  expect(withTool.length).toBeGreaterThan(0)
  for (const { responseMask } of withTool) expect(responseMask).toContain(0)
  for (const { mask, serverLogprobs } of executor.rows)
    expect(mask.every((one, index) => one === 1 || serverLogprobs[index] === 0)).toBe(true)
})

test('each role has moved on by one version', async () => {
  const { curriculum, executor } = await oneIteration()
  const names = [curriculum.policy, executor.policy].map(({ name, checkpoint }) => [name, checkpoint.slice(0, 8)])
  expect(names).toEqual([
    [`one-iteration-curriculum-v1-${names[0]![1]}`, expect.stringMatching(/^[0-9a-f]{8}$/)],
    [`one-iteration-executor-v1-${names[1]![1]}`, expect.stringMatching(/^[0-9a-f]{8}$/)],
  ])
  expect(curriculum.policy.checkpoint).not.toBe(executor.policy.checkpoint)
})
