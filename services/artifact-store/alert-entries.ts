import { AlertEntry } from '../../contracts/alert.ts'
import { alertKey } from '../../contracts/artifact-keys.ts'
import type { RunId } from '../../contracts/ids.ts'
import type { ArtifactStore } from '../../contracts/ports/index.ts'

/** The entries of a run's list of alerts, oldest first. */
export async function readAlertEntries(store: ArtifactStore, run: RunId): Promise<AlertEntry[]> {
  const entries: AlertEntry[] = []
  for (;;) {
    const reference = await store.find(alertKey(run, entries.length + 1))
    if (reference === null) return entries
    entries.push(await store.getJson(AlertEntry, reference))
  }
}

/** Writes the entry of that number unless somebody else has. Gives the one that stands there. */
export async function putAlertEntry(
  store: ArtifactStore,
  run: RunId,
  number: number,
  entry: AlertEntry,
): Promise<AlertEntry> {
  return store.getJson(AlertEntry, await store.putJson(alertKey(run, number), entry))
}
