import { fileURLToPath } from 'node:url'
import { failure, isFailure } from '../failure.ts'
import { isAnswer } from './to-failure.ts'
import type { ServablePolicy } from '../../contracts/ports/model-server.ts'
import type { ServerClient } from './server-client.ts'
import type { ServedModel } from './vllm-api.ts'

/** A failed load hurts nothing on the server, and a disk may have been slow. */
const LOAD_TRIES = 3

const trimmed = (path: string) => path.replace(/\/+$/, '')

/** The folder as a path: server and trainer share a file system. */
function pathOf(checkpointDir: string): string {
  return trimmed(checkpointDir.startsWith('file:') ? fileURLToPath(checkpointDir) : checkpointDir)
}

function baseName(models: readonly ServedModel[], url: string): string {
  const base = models.find((model) => model.parent == null)
  if (base === undefined) throw failure('Llm.BadAnswer', `${url} lists no base model`)
  return base.id
}

/** Whether the policy is there. Throws if its name stands for other weights. */
function isThere(models: readonly ServedModel[], name: string, checkpointDir: string, url: string): boolean {
  const found = models.find((model) => model.id === name)
  if (found === undefined) return false
  if (trimmed(found.root ?? '') === checkpointDir) return true
  const sentence = `${url} has loaded ${name} from ${found.root}, not from ${checkpointDir}: unload it there`
  throw failure('Agent0.OtherWeights', sentence)
}

async function tryLoading(client: ServerClient, name: string, checkpointDir: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await client.loadAdapter(name, checkpointDir)
      return
    } catch (error) {
      // 400: somebody else has loaded it meanwhile, or never will.
      if (isFailure(error, 'Llm.BadRequest') && isThere(await client.models(), name, checkpointDir, client.url)) return
      if (!isFailure(error, 'Llm.Unavailable')) throw error
      if (attempt < LOAD_TRIES) continue
      // It answers, and always the same: another rank, another base or a damaged file. A person has to look at it.
      if (isAnswer(error, 500)) throw failure('Llm.BadRequest', (error as Error).message, error)
      throw error
    }
  }
}

/**
 * Loads a policy on a server unless it is loaded already. A name never gets other weights, so a policy of that name is the
 * right one if it came from the same folder.
 * @returns the name to ask the server for, and whether it was loaded now
 */
export async function loadPolicy(
  client: ServerClient,
  policy: ServablePolicy,
): Promise<{ model: string; loadedNow: boolean }> {
  const models = await client.models()
  if (policy.checkpointDir === null) return { model: baseName(models, client.url), loadedNow: false }
  const checkpointDir = pathOf(policy.checkpointDir)
  if (isThere(models, policy.name, checkpointDir, client.url)) return { model: policy.name, loadedNow: false }
  await tryLoading(client, policy.name, checkpointDir)
  return { model: policy.name, loadedNow: true }
}
