import { type ChildProcess, spawn } from 'node:child_process'
import { type HostTools, registryVariables } from './host-tools.ts'
import { CHECKOUT } from './make-root.ts'

// A chroot would not do: the kernel refuses user namespaces, which bubblewrap needs, to what runs in one.
const ENTER = `
set -e
mount --bind "$1" "$1"
mount -t proc proc "$1/proc"
mount --rbind /sys "$1/sys"
mount --rbind /dev "$1/dev"
mount --bind -o ro "$2" "$1/usr/local/go"
cd "$1"
mkdir -p .host
pivot_root . .host
umount -l /.host
rmdir /.host
cd ${CHECKOUT}
shift 2
"$@"
`

/**
 * Runs a command in the checkout of a bare machine, in mount, process and host name namespaces of its own. Whatever it has
 * started dies with it, also when it or we are killed, and no mount is left behind. The network is this machine's.
 */
export function runInside(root: string, tools: HostTools, command: readonly string[]): ChildProcess {
  const namespaces = ['--mount', '--propagation', 'private', '--pid', '--fork', '--kill-child=KILL', '--ipc', '--uts']
  const env = {
    ...registryVariables(process.env),
    HOME: '/root',
    USER: 'root',
    LANG: 'C.UTF-8',
    PATH: '/usr/local/go/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  }
  const args = [...namespaces, 'sh', '-c', ENTER, 'enter', root, tools.go, ...command]
  return spawn('setpriv', ['--pdeathsig', 'KILL', 'unshare', ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] })
}
