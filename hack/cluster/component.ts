import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

export type ComponentSpec = {
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  /** Its working folder, which also gets its output as NAME.log. */
  readonly dir: string
  /** Prepended to PATH. */
  readonly path?: string
}

/** A long-running process of a cluster. Its pid changes when it is restarted. */
export type Component = {
  readonly name: string
  readonly logFile: string
  pid(): number | undefined
  start(): void
  /** Ends it with SIGKILL: a graceful shutdown of kube-apiserver takes tens of seconds, and a disposable component needs none. */
  kill(): Promise<void>
  /** Why it is not running although it was started and not killed; undefined otherwise. */
  failure(): Promise<string | undefined>
}

/** Measured with 400: kube-apiserver takes a quarter less processor time than with Go's default of 100, and 200 MB more memory. 300 lies between. */
const LESS_GARBAGE_COLLECTION = { GOGC: '300' }

const TAIL_BYTES = 1500
const SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/**
 * On Linux `setpriv` makes the kernel kill the component when this process dies, even by SIGKILL. On other systems, and for everything else
 * that a dead owner leaves, the next boot cleans up (port-leases.ts).
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
        // In its own process group: Ctrl-C at the terminal reaches the owner only, which stops everything in order.
        detached: true,
        stdio: ['ignore', log, log],
        // Nothing from the caller's environment: a proxy or kubeconfig set there is not meant for the cluster.
        env: { ...LESS_GARBAGE_COLLECTION, PATH: [spec.path ?? dirname(spec.command), SYSTEM_PATH].join(':'), HOME: spec.dir },
      })
      child.on('error', () => undefined) // failure() reports it
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
