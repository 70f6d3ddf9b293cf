import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

export type ComponentSpec = {
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  /** Its working folder and, as NAME.log, its output. */
  readonly dir: string
  /** Prefixed to PATH. */
  readonly path?: string
}

/** A long-running process of a cluster. Its pid changes when it is started again. */
export type Component = {
  readonly name: string
  readonly logFile: string
  pid(): number | undefined
  start(): void
  /** Ends it with SIGKILL, which a throw-away component survives well and a graceful end of kube-apiserver takes tens of seconds. */
  kill(): Promise<void>
  /** Why it is not running although it was started and not killed; undefined while all is well. */
  failure(): Promise<string | undefined>
}

const TAIL_BYTES = 1500
const SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/**
 * On Linux `setpriv` has the kernel kill the component when this process dies, even by SIGKILL. Elsewhere, and for the rest,
 * what a dead owner left is removed by the next boot (claims.ts).
 */
export function createComponent(spec: ComponentSpec, dieWithParent: boolean): Component {
  const logFile = join(spec.dir, `${spec.name}.log`)
  let child: ChildProcess | undefined
  let meant = false

  return {
    name: spec.name,
    logFile,
    pid: () => (child?.exitCode === null && child.signalCode === null ? child.pid : undefined),
    start: () => {
      meant = false
      const log = openSync(logFile, 'a')
      const [command, args] = dieWithParent ? ['setpriv', ['--pdeathsig', 'KILL', '--', spec.command, ...spec.args]] : [spec.command, spec.args]
      child = spawn(command, args, {
        cwd: spec.dir,
        // Its own process group: Ctrl-C at the terminal is for the owner, who ends everything in order.
        detached: true,
        stdio: ['ignore', log, log],
        // Nothing of the caller's: a proxy or a kubeconfig in its environment is not the cluster's.
        env: { PATH: [spec.path ?? dirname(spec.command), SYSTEM_PATH].join(':'), HOME: spec.dir },
      })
      child.on('error', () => undefined) // failure() tells it
      closeSync(log)
    },
    kill: async () => {
      meant = true
      if (child === undefined || child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
      const ended = once(child, 'exit')
      child.kill('SIGKILL')
      await ended
    },
    failure: async () => {
      if (child === undefined || meant) return undefined
      if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) return undefined
      const text = await readFile(logFile, 'utf8').catch(() => '')
      return `${spec.name} ended with ${child.signalCode ?? `code ${String(child.exitCode)}`}; the end of its log:\n${text.slice(-TAIL_BYTES).trim()}`
    },
  }
}
