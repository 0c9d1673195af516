import { execFile, execFileSync } from 'node:child_process'
import { promisify } from 'node:util'
import { ensureSandboxImage } from '../services/sandbox/image/build-image.mjs'
import { ensureRootfs } from '../services/sandbox/image/build-rootfs.mjs'
import { cacheFolder } from '../host/paths.mjs'
import { defaultLimits, openSandbox } from '../services/sandbox/open.ts'

/** A way to run one Python program: gives what it printed. */
export interface Way {
  name: string
  run: (source: string) => Promise<string>
  close: () => Promise<void>
}

const run = promisify(execFile)
const PYTHON = ['python3', '-I', '-c']

async function ours(backend: 'docker' | 'bubblewrap'): Promise<Way> {
  const sandbox = await openSandbox({ backend, memo: false })
  const execute = async (source: string) => (await sandbox.execute({ source, seed: 0 }, defaultLimits)).verdict.stdout
  return { name: `ours on ${backend}`, run: execute, close: () => sandbox.close() }
}

/** A command per program; the program is its last argument. */
function command(name: string, words: string[], close = async () => {}): Way {
  const [file, ...args] = words
  return { name, run: async (source) => (await run(file!, [...args, source])).stdout, close }
}

/** Ours first, then what others do; all with the same Python and the same packages. */
export async function openWays(): Promise<Way[]> {
  const build = { cacheFolder: cacheFolder(), log: () => undefined }
  const { image } = await ensureSandboxImage(build)
  const { rootfs } = await ensureRootfs(build)
  const warm = execFileSync('docker', ['run', '--detach', '--rm', image, 'sleep', '1800'], {
    encoding: 'utf8',
  }).trim()
  const stopWarm = async () => {
    await run('docker', ['kill', warm])
  }
  return [
    await ours('docker'),
    await ours('bubblewrap'),
    command('a process per call, no lock-down', ['chroot', rootfs, ...PYTHON]),
    command('docker exec per call', ['docker', 'exec', warm, ...PYTHON], stopWarm),
    command('docker run per call', ['docker', 'run', '--rm', '--network', 'none', image, ...PYTHON]),
  ]
}
