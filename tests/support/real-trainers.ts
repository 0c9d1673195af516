import { spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openTrainer } from '../../services/trainer/open.ts'
import { installedPython } from './installed.ts'
import { ROOT } from './repository.ts'
import { eventually, freePort } from './supervised.ts'
import type { TinyTrainings } from './tiny-trainings.ts'
import { tinyTrainings } from './tiny-trainings.ts'
import type { TrainerSubject } from './trainer-contract/rig.ts'
import { findSandboxImage } from '../../services/sandbox/image/build-image.mjs'

const DEATH = 'before-optimizer-step'
const OFTEN = { reportEveryMs: 1_000 }

/** A trainer as a service, a child of the test. */
export class RealTrainer {
  readonly #made: TinyTrainings
  url = ''
  #child: ReturnType<typeof spawn> | undefined

  constructor(made: TinyTrainings) {
    this.#made = made
  }

  async start(more: Record<string, string> = {}, port?: number): Promise<void> {
    const { base, storeFolder } = this.#made
    const chosen = port ?? (await freePort())
    const env = { ...process.env, PYTHONPATH: join(ROOT, 'ml'), OMP_NUM_THREADS: '1', ...more }
    const words = ['serve', '--base', base, '--store', storeFolder, '--device', 'cpu', '--port', String(chosen)]
    const command = ['--pdeathsig', 'KILL', installedPython()!, '-W', 'ignore', '-m', 'agent0_ml.trainer', ...words]
    const child = (this.#child = spawn('setpriv', command, { env, stdio: 'ignore' }))
    this.url = `http://127.0.0.1:${chosen}`
    const answers = () =>
      fetch(`${this.url}/healthz`).then(
        (answer) => answer.ok,
        () => false,
      )
    await eventually('the trainer answers', async () => child.exitCode === null && answers(), 120_000)
  }

  async kill(): Promise<void> {
    const child = this.#child!
    if (child.exitCode !== null || child.signalCode !== null) return
    const gone = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGKILL')
    await gone
  }

  /** The same address, another life. */
  async restart(more: Record<string, string> = {}): Promise<void> {
    await this.kill()
    await this.start(more, Number(new URL(this.url).port))
  }
}

/** Faults of trainers on a store; in the store, since a container sees nothing else. `trip`: the next step dies. */
function faultsIn(storeFolder: string) {
  const folder = join(storeFolder, 'faults')
  mkdirSync(folder)
  return { environment: { AGENT0_FAULTS: folder }, trip: () => writeFileSync(join(folder, DEATH), '') }
}

export async function serviceSubject(): Promise<TrainerSubject> {
  const made = await tinyTrainings()
  const real = new RealTrainer(made)
  const { environment, trip } = faultsIn(made.storeFolder)
  await real.start(environment)
  const trainer = await openTrainer({ kind: 'service', url: real.url, storeFolder: made.storeFolder, ...OFTEN })
  return {
    trainer,
    real: true,
    files: made.files,
    hurt: async () => trip(),
    heal: () => real.restart(environment),
    close: async () => {
      await trainer.close()
      await real.kill()
      made.remove()
    },
  }
}

export async function oneShotSubject(kind: 'process' | 'docker'): Promise<TrainerSubject> {
  const { base, storeFolder, files, remove } = await tinyTrainings()
  const { environment, trip } = faultsIn(storeFolder)
  const shared = { base, storeFolder, python: installedPython()!, environment, ...OFTEN }
  const trainer = await openTrainer(
    kind === 'docker' ? { ...shared, kind, image: (await findSandboxImage())!.image } : { ...shared, kind },
  )
  return {
    trainer,
    real: true,
    files,
    hurt: async () => trip(),
    heal: async () => {},
    close: async () => {
      await trainer.close()
      remove()
    },
  }
}
