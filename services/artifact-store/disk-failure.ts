import { types } from 'node:util'
import { failure } from '../failure.ts'

const FULL = new Set(['ENOSPC', 'EDQUOT'])

/** A refusal: somebody put a symbolic link into the store. */
export function linkFailure(path: string) {
  return failure(
    'Agent0.Invariant',
    `${path} is a symbolic link: the store does not follow symbolic links. Put the real file or folder there.`,
  )
}

/** Runs something that touches the disk; what the disk does wrong becomes an outage that says where. */
export async function onDisk<T>(root: string, what: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action()
  } catch (error) {
    if (!types.isNativeError(error)) throw error
    const { code, path } = error as NodeJS.ErrnoException
    if (code === 'ELOOP') throw linkFailure(path ?? root)
    // DuckDB touches files itself, and its errors have no code.
    const isDuckDbs = error.message.startsWith('IO Error')
    if (FULL.has(code ?? '') || (isDuckDbs && error.message.includes('No space left on device')))
      throw failure('Infra.DiskFull', `${what}: the disk of ${root} is full`, error)
    if (isDuckDbs || /^E[A-Z0-9]+$/.test(code ?? ''))
      throw failure('Infra.StoreUnavailable', `${what}: ${error.message}`, error)
    throw error
  }
}
