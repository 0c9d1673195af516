/**
 * The Temporal server and CLI, one binary. Ways, in this order: a server of yours (TEMPORAL_ADDRESS), a `temporal` on
 * PATH, our cache, the vendor's download, a build from Go modules.
 */
import { createHash } from 'node:crypto'
import { createWriteStream, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { buildFolder } from '../../../host/build-folder.mjs'
import { atLeast, run, versionOf } from '../../../host/commands.mjs'
import { cacheFolder, digestOf, readOurs, ROOT } from '../../../host/paths.mjs'
import { reasonOf, SetupProblem } from '../../../host/problem.mjs'

/** The version that we build and test with; its wrapper module says why it cannot be installed with one Go command. */
export const TEMPORAL_CLI_VERSION = '1.8.2'
const OLDEST_USABLE = [1, 5]
export const OLDEST_GO = [1, 21] // from there on Go fetches the toolchain that the module asks for
/** The look at the machine is to be over in two seconds. */
const LOOKED_FOR_MS = 1_500

const moduleFolder = join(ROOT, 'infra', 'setup', 'temporal-cli')

/** @param {NodeJS.ProcessEnv} env */
function ourFolder(env) {
  const sum = digestOf(readOurs('infra/setup/temporal-cli/go.sum'))
  return join(cacheFolder(env), 'temporal-cli', `${TEMPORAL_CLI_VERSION}-${sum}`)
}

/**
 * The binary to start a server with, or undefined if there is none yet.
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {Promise<{ path: string, version: string } | undefined>}
 */
export async function findTemporalCli(env = process.env) {
  for (const path of ['temporal', join(ourFolder(env), 'temporal')]) {
    const version = await versionOf(path, ['--version'])
    if (version !== undefined && atLeast(version, OLDEST_USABLE)) return { path, version: version.join('.') }
  }
  return undefined
}

const ARCHIVE = `temporal_cli_${TEMPORAL_CLI_VERSION}_linux_${process.arch === 'arm64' ? 'arm64' : 'amd64'}.tar.gz`
/** An archive has some 50 MB. */
const ARCHIVE_BYTES_MAX = 500_000_000
/** As sha256sum writes them. Not those that the vendor's server gives beside its archives: whoever changes one changes both. */
export const lockedArchives = () => readOurs('infra/setup/temporal-cli/archives.sha256')

/** @param {NodeJS.ProcessEnv} env */
function archiveAddress(env) {
  const releases = env['AGENT0_TEMPORAL_RELEASES'] || 'https://github.com/temporalio/cli/releases/download'
  return `${releases}/v${TEMPORAL_CLI_VERSION}/${ARCHIVE}`
}

/**
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<'reachable' | 'unreachable' | 'unknown'>} whether the vendor's download can be reached; unknown: no answer in time
 */
export async function downloadState(env) {
  try {
    const signal = AbortSignal.timeout(LOOKED_FOR_MS)
    return (await fetch(archiveAddress(env), { method: 'HEAD', signal })).ok ? 'reachable' : 'unreachable'
  } catch (error) {
    return error instanceof Error && error.name === 'TimeoutError' ? 'unknown' : 'unreachable'
  }
}

/** Lets that much through. @param {number} bytesMax */
const atMost = (bytesMax) =>
  async function* (/** @type {AsyncIterable<Uint8Array>} */ pieces) {
    let bytes = 0
    for await (const piece of pieces) {
      bytes += piece.length
      if (bytes > bytesMax) throw new Error(`the archive has more than ${bytesMax} bytes`)
      yield piece
    }
  }

/**
 * The vendor's release archive, if it is the one that we know.
 * @param {string} partial
 * @param {NodeJS.ProcessEnv} env
 * @param {string} archives
 */
async function download(partial, env, archives) {
  const expected = archives
    .split('\n')
    .find((line) => line.endsWith(`  ${ARCHIVE}`))
    ?.slice(0, 64)
  if (expected === undefined) throw new Error(`no checksum of ${ARCHIVE} is known`)
  const archive = await fetch(archiveAddress(env), { signal: AbortSignal.timeout(300_000) })
  if (!archive.ok || archive.body === null) throw new Error(`the archive answered ${archive.status}`)
  const file = join(partial, 'archive.tar.gz')
  const body = Readable.fromWeb(/** @type {any} */ (archive.body))
  await pipeline(body, atMost(ARCHIVE_BYTES_MAX), createWriteStream(file))
  const found = createHash('sha256').update(readFileSync(file)).digest('hex')
  if (found !== expected) throw new Error(`the archive has checksum ${found}, ${expected} is expected`)
  await run('tar', ['-xzf', file, '-C', partial, 'temporal'])
  rmSync(file)
}

/**
 * @param {string} partial
 * @param {import('../run-steps.mjs').StepTools} tools
 */
async function buildFromModules(partial, { log, say }) {
  say('building from Go modules: about 5 minutes, once')
  // Not Go's own caches, where some 2 GB would stay behind.
  const caches = join(partial, 'go')
  mkdirSync(caches, { recursive: true })
  const version = `-X github.com/temporalio/cli/internal/temporalcli.Version=${TEMPORAL_CLI_VERSION}`
  const output = join(partial, 'temporal')
  await run('go', ['build', '-ldflags', `-s -w ${version}`, '-o', output, 'github.com/temporalio/cli/cmd/temporal'], {
    cwd: moduleFolder,
    log,
    env: {
      CGO_ENABLED: '0',
      GOFLAGS: '-modcacherw',
      GOCACHE: join(caches, 'build'),
      GOMODCACHE: join(caches, 'modules'),
    },
  })
}

/**
 * @param {NodeJS.ProcessEnv} [env]
 * @param {string} [archives] checksums of the vendor's archives
 * @returns {import('../run-steps.mjs').Step}
 */
export function temporalCli(env = process.env, archives = lockedArchives()) {
  return {
    title: 'Temporal server',
    lockFile: join(cacheFolder(env), 'temporal-cli.lock'),
    async check() {
      if (env['TEMPORAL_ADDRESS']) return `yours at ${env['TEMPORAL_ADDRESS']} (TEMPORAL_ADDRESS)`
      const found = await findTemporalCli(env)
      return found && `CLI ${found.version}${found.path === 'temporal' ? ' from PATH' : ''}`
    },
    async act(tools) {
      await buildFolder(ourFolder(env), async (partial) => {
        if (existsSync(join(partial, 'temporal'))) rmSync(join(partial, 'temporal'))
        try {
          await download(partial, env, archives)
        } catch (error) {
          tools.log(`no download: ${reasonOf(error)}\n`)
          if (reasonOf(error).includes('checksum ')) tools.say(`the download is not used: ${reasonOf(error)}`)
          const go = await versionOf('go', ['version'])
          if (go === undefined || !atLeast(go, OLDEST_GO)) {
            throw new SetupProblem(
              'The Temporal server is not here and its download cannot be reached: put a "temporal" binary (1.5 or ' +
                'newer) on PATH, or set TEMPORAL_ADDRESS to a server of yours, or install Go 1.21 or newer and call again.',
            )
          }
          await buildFromModules(partial, tools)
        }
        await run(join(partial, 'temporal'), ['--version'], { log: tools.log })
        // Go's caches, of this try or of an earlier one that was cut off.
        rmSync(join(partial, 'go'), { recursive: true, force: true })
      })
    },
  }
}
