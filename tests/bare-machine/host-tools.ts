import { accessSync, constants, existsSync, readFileSync, realpathSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { execa } from 'execa'

/** What the bare machine gets from this one. */
export interface HostTools {
  node: string
  /** Folder of the package npm. */
  npm: string
  /** GOROOT. */
  go: string
  codename: string
  /** Where apt of this machine gets its packages. */
  mirror: string
}

/** A program of this machine, not of our node_modules, which npm puts first on PATH. */
function onPath(name: string): string {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => !folder.includes('node_modules'))
  const found = folders.map((folder) => join(folder, name)).find((file) => existsSync(file))
  if (found === undefined) throw new Error(`"${name}" is not on PATH: the bare machine needs a copy of it`)
  accessSync(found, constants.X_OK)
  return found
}

async function aptMirror(): Promise<{ codename: string; mirror: string }> {
  const codename = /^VERSION_CODENAME=(.*)$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? ''
  const format = ['--format', '$(RELEASE) $(COMPONENT) $(REPO_URI)', 'Created-By: Packages']
  const { stdout } = await execa('apt-get', ['indextargets', ...format])
  const targets = stdout.split('\n').map((line) => line.split(' '))
  const mirror = targets.find(([release, component]) => release === codename && component === 'main')?.[2]
  if (mirror === undefined) throw new Error(`apt has no source for ${codename}: run "apt-get update" first`)
  return { codename, mirror }
}

/** Throws where this machine cannot make a bare one. */
export async function findHostTools(): Promise<HostTools> {
  if (process.getuid?.() !== 0) throw new Error('Only root can make a root file system: call again as root')
  for (const name of ['debootstrap', 'unshare', 'pivot_root']) onPath(name)
  const { stdout: go } = await execa(onPath('go'), ['env', 'GOROOT'])
  const npm = dirname(dirname(realpathSync(onPath('npm'))))
  return { node: realpathSync(onPath('node')), npm, go, ...(await aptMirror()) }
}

/** How this machine reaches registries: files, as they are here, and where the bare machine has them. */
export async function registryFiles({ npm }: HostTools): Promise<[from: string, to: string][]> {
  const npmConfig = async (name: string) =>
    (await execa(process.execPath, [join(npm, 'bin/npm-cli.js'), 'config', 'get', name], { cwd: '/' })).stdout
  // Each npm has its own global file, under its own prefix.
  const files: [string, string][] = [
    [join(dirname(dirname(dirname(npm))), 'etc/npmrc'), '/usr/local/etc/npmrc'],
    [await npmConfig('userconfig'), '/root/.npmrc'],
    [join(homedir(), '.config/go/env'), '/root/.config/go/env'],
    [join(homedir(), '.config/pip/pip.conf'), '/root/.config/pip/pip.conf'],
    [join(homedir(), '.config/uv/uv.toml'), '/root/.config/uv/uv.toml'],
  ]
  const same = ['/etc/pip.conf', '/etc/uv/uv.toml', '/etc/resolv.conf', '/etc/hosts', '/etc/apt', '/usr/share/keyrings']
  return [...files, ...same.map((path): [string, string] => [path, path])].filter(([from]) => existsSync(from))
}

const REGISTRY_VARIABLE =
  /^(PIP_|UV_|GO[A-Z]*$|NPM_CONFIG_|SSL_CERT_|NODE_EXTRA_CA_CERTS$|REQUESTS_CA_BUNDLE$|(https?|no)_proxy$)/i

/** The same in variables. What `npm run` adds (npm_config_…, in small letters) is left out. */
export function registryVariables(env: NodeJS.ProcessEnv): Record<string, string> {
  const chosen = Object.entries(env).filter(([name]) => REGISTRY_VARIABLE.test(name) && !name.startsWith('npm_'))
  return Object.fromEntries(chosen.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])))
}
