import { taskQueues } from '../../contracts/task-queues.ts'
import { sideBySide } from '../support/side-by-side.ts'
import { smallConfig } from '../support/small-world.ts'

const story = sideBySide()

const config = smallConfig('small')
const inputs: [what: string, type: string, input: unknown][] = [
  ['nothing', 'evolution', null],
  ['a text', 'evolution', 'id > /tmp/x'],
  ['no config', 'evolution', { run: 'small' }],
  ['a config that is none', 'evolution', { run: 'small', config: [] }],
  ['a config of another recipe', 'evolution', { run: 'small', config: { recipe: '__proto__' } }],
  ['a run whose name leads elsewhere', 'evolution', { run: '../../etc', config }],
  ['a run without a name', 'evolution', { config }],
  ['a stage without a config', 'curation', { stage: 'x' }],
  ['nothing for a stage', 'evaluation', null],
]

for (const [index, [what, type, input]] of inputs.entries()) {
  story(`${type} with ${what} ends with a refusal, and leaves nothing`, async (world) => {
    const workflowId = `foreign-${index}`
    const options = { workflowId, taskQueue: taskQueues.workflow, args: [input] }
    const handle = await world.client.workflow.start(type, options)
    await expect(handle.result()).rejects.toMatchObject({
      cause: expect.objectContaining({
        type: expect.stringMatching(/^Agent0\.(BadConfig|Invariant)$/) as string,
      }) as Error,
    })
    expect([...world.store.references.keys()]).toEqual([])
  })
}
