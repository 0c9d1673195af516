import { cpSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { execa } from 'execa'
import { ROOT } from '../support/repository.ts'
import { type HostTools, registryFiles } from './host-tools.ts'

/** Python with pip, and the certificates that come with it on any machine that can reach a registry. */
const PACKAGES = 'python3,python3-pip,python3-venv,ca-certificates'
const CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt'
/** The checkout, as the bare machine sees it. */
export const CHECKOUT = '/root/agent0'
export const CACHE = '/root/.cache/agent0'

/**
 * A fresh Debian of its smallest kind, with Node, Python with pip and Go, and a clone of this checkout's last commit; no
 * Docker engine, no bubblewrap, no debootstrap.
 */
export async function makeRoot(root: string, tools: HostTools, cancelSignal: AbortSignal): Promise<void> {
  // In a mount namespace of its own, because it mounts /proc in there, and may leave it when it is ended.
  const debootstrap = ['--mount', '--propagation', 'private', 'debootstrap', '--variant=minbase']
  await execa('unshare', [...debootstrap, `--include=${PACKAGES}`, tools.codename, root, tools.mirror], {
    cancelSignal,
  })
  const place = (path: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    return join(root, path)
  }
  cpSync(tools.node, place('/usr/local/bin/node'))
  cpSync(tools.npm, place('/usr/local/lib/node_modules/npm'), { recursive: true, verbatimSymlinks: true })
  for (const name of ['npm', 'npx'])
    symlinkSync(`../lib/node_modules/npm/bin/${name}-cli.js`, place(`/usr/local/bin/${name}`))
  mkdirSync(join(root, 'usr/local/go'))
  for (const [from, to] of await registryFiles(tools))
    cpSync(from, place(to), { recursive: true, force: true, dereference: true })
  if (existsSync(CERTIFICATES)) cpSync(CERTIFICATES, join(root, CERTIFICATES))
  await execa('git', ['clone', '--quiet', '--depth', '1', `file://${ROOT}`, join(root, CHECKOUT)])
  writeFileSync(join(root, 'etc/hostname'), 'bare\n')
}
