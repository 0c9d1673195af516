import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { identityOf, isGone } from '../../workers/identity.ts'

test('a worker that lives is not gone, one whose process has ended is, and others are none of our business', async () => {
  const ours = identityOf('rollout')
  expect(isGone('rollout', ours)).toBe(false)
  const child = spawn('true')
  await once(child, 'exit')
  const start = readFileSync(`/proc/${process.pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ')[19]!
  const ended = ours.replace(`/${process.pid}/${start}`, `/${child.pid}/${start}`)
  expect(isGone('rollout', ended)).toBe(true)
  expect(isGone('training', ended)).toBe(false)
  expect(isGone('rollout', ended.replace(/@[^/]+/, '@another-machine'))).toBe(false)
  expect(isGone('rollout', `${ended}0`)).toBe(false) // in another container
  const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  expect(isGone('rollout', ended.replace(boot, '0'.repeat(boot.length)))).toBe(false) // on another machine of our name
  expect(isGone('rollout', 'rollout@here/12')).toBe(false)
})
