import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { execa } from 'execa'
import type { Wanted } from '../../infra/setup/plan.mjs'
import { ROOT } from './repository.ts'
import { temporaryFolder } from './temporary-folder.ts'

const NOBODY = 'http://127.0.0.1:9' // the discard port: nothing listens there

/** A machine with these commands alone on PATH, and an empty cache. */
export class Machine {
  readonly folder = temporaryFolder()
  readonly env: Record<string, string>

  constructor(...real: string[]) {
    const bin = join(this.folder, 'bin')
    mkdirSync(bin)
    for (const name of real) symlinkSync(`/usr/bin/${name}`, join(bin, name))
    this.env = {
      DOCKER_HOST: `unix://${this.folder}/no-engine.sock`,
      PATH: bin,
      AGENT0_CACHE: join(this.folder, 'cache'),
      AGENT0_TEMPORAL_RELEASES: NOBODY,
      HOME: this.folder,
    }
  }

  withCommand(name: string, script: string): this {
    const file = join(this.folder, 'bin', name)
    // A real command stands there as a link: writing through it would replace the command of this very machine.
    rmSync(file, { force: true })
    writeFileSync(file, `#!/bin/sh\n${script}\n`)
    chmodSync(file, 0o755)
    return this
  }

  /** Runs one set-up step on this machine; gives what a person would read. */
  async run(
    step: 'temporalCli' | 'pythonEnvironment' | 'sandboxBackend',
    file: string,
    ...more: readonly string[]
  ): Promise<string> {
    const script = `
      const { ${step} } = await import('${ROOT}/infra/setup/steps/${file}.mjs')
      const { runSteps } = await import('${ROOT}/infra/setup/run-steps.mjs')
      await runSteps([${step}(${['process.env', ...more.map((each) => JSON.stringify(each))].join(', ')})], { log() {}, print: console.log, logFile: 'LOG' })`
    const { stdout } = await execa(process.execPath, ['--input-type=module', '-e', script], {
      env: this.env,
      extendEnv: false,
    })
    return stdout
  }

  /** What a set-up command does before its steps. */
  async makeReady(...wanted: Wanted[]) {
    const script = `
      const { makeReady } = await import('${ROOT}/infra/setup/make-ready.mjs')
      await makeReady(${JSON.stringify(wanted)}, { log() {}, print: console.log }).catch(({ message }) => console.log('✗ ' + message))`
    const { stdout } = await execa(process.execPath, ['--input-type=module', '-e', script], {
      env: this.env,
      extendEnv: false,
    })
    return stdout.split('\n')
  }

  temporal = (...archives: readonly string[]) => this.run('temporalCli', 'temporal-cli', ...archives)
}
