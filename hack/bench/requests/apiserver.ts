import { spawn, type ChildProcess } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Pool } from 'undici'
import { stringify } from 'yaml'
import { freePorts } from '../../up/local/free-port.ts'
import { costOf, type ProcessCost } from '../gateway/variants/process-cost.ts'
import { memoryLimitMiB } from './memory-limit.ts'
import { groupsOf } from './benchmark-callers.ts'
import { writeKubeconfig, type Site } from './benchmark-files.ts'

const ROOT = join(import.meta.dirname, '../../..')
/** Enough for everything that waits at once, and few enough to open before the measurement. */
const CONNECTIONS = 96
const API = '/apis/jit.access/v1'

export type Answer = { readonly code: number; readonly text: string }
export type Call = { readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'; readonly path: string; readonly body?: object }

/** An apiserver as the image runs it, with a store of its own on disk. */
export type Apiserver = {
  readonly port: number
  readonly cost: ProcessCost
  /** Sends a request as the front proxy does for this user. Does not throw for any status. */
  send(user: string, call: Call): Promise<Answer>
  /** Opens a watch and reads it until `close`. */
  watch(user: string, path: string): Promise<void>
  stop(): Promise<void>
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => (child.exitCode === null && child.signalCode === null ? child.once('exit', () => resolve()) : resolve()))
}

async function whenReady(port: number): Promise<void> {
  for (let tries = 0; tries < 600; tries += 1) {
    const ready = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined)
    if (ready?.ok === true) return
    await sleep(100)
  }
  throw new Error('the apiserver did not become ready')
}

async function writeConfig(site: Site, name: string): Promise<{ readonly file: string; readonly port: number; readonly admin: number }> {
  const [port = 0, admin = 0] = await freePorts(2)
  const dir = join(site.dir, name)
  await mkdir(dir)
  const config = {
    listen: { address: '127.0.0.1', port },
    admin: { address: '127.0.0.1', port: admin },
    tls: { certFile: join(site.dir, 'serving.crt'), keyFile: join(site.dir, 'serving.key') },
    kubeconfig: await writeKubeconfig(site, 'system-apiserver'),
    storage: { sqlite: join(dir, 'objects.db') },
  }
  const file = join(dir, 'config.yaml')
  await writeFile(file, stringify(config), { mode: 0o600 })
  return { file, port, admin }
}

/** Ends a process with the one that started it, however that ends: the pipe of its standard input closes. */
const ENDS_WITH_PARENT = `data:text/javascript,process.stdin.resume().on('end',()=>process.exit(1)).on('error',()=>process.exit(1))`

const headersOf = (user: string): { readonly [name: string]: string | string[] } => ({
  accept: 'application/json',
  'content-type': 'application/json',
  'x-remote-user': user,
  'x-remote-group': groupsOf(user),
})

/**
 * `root`: the checkout whose apiserver runs. Optional. Defaults to this one. `profile`: a folder for a CPU profile at the end. Optional. Defaults to
 * none.
 */
export type ApiserverOptions = { readonly root?: string | undefined; readonly profile?: string | undefined }

export async function startApiserver(site: Site, name: string, { root = ROOT, profile }: ApiserverOptions): Promise<Apiserver> {
  const { file, port, admin } = await writeConfig(site, name)
  // The flags of the image, and the heap that Node takes in a container with the memory limit of the manifests: half of it.
  const flags = [
    `--import=${ENDS_WITH_PARENT}`,
    '--disable-sigusr1',
    '--max-semi-space-size=16',
    `--max-old-space-size=${(await memoryLimitMiB('jit-apiserver')) / 2}`,
    ...(profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`]),
  ]
  const child = spawn(process.execPath, [...flags, 'apiserver/main.ts', '--config', file], { cwd: root, stdio: ['pipe', 'ignore', 'pipe'] })
  child.stderr.on('data', (chunk: Buffer) => {
    for (const line of chunk.toString('utf8').split('\n')) if (/"level":"(?:error|warn)"/.test(line)) process.stderr.write(`${line}\n`)
  })
  const atExit = (): void => void child.kill()
  process.once('exit', atExit)
  await whenReady(admin)
  const connect = { ca: site.ca, cert: site.proxy.cert, key: site.proxy.key, servername: 'localhost' }
  const pool = new Pool(`https://127.0.0.1:${port}`, { allowH2: false, connections: CONNECTIONS, connect, headersTimeout: 0, bodyTimeout: 0 })
  /** A watch uses a connection while it lasts. */
  const watching = new Pool(`https://127.0.0.1:${port}`, { allowH2: false, connect, headersTimeout: 0, bodyTimeout: 0 })
  return {
    port,
    cost: costOf(child.pid ?? 0),
    send: async (user, { method, path, body }) => {
      const headers = { ...headersOf(user), ...(method === 'PATCH' ? { 'content-type': 'application/merge-patch+json' } : {}) }
      const answer = await pool.request({ method, path: `${API}/${path}`, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) })
      return { code: answer.statusCode, text: await answer.body.text() }
    },
    watch: async (user, path) => {
      const { statusCode, body } = await watching.request({ method: 'GET', path: `${API}/${path}`, headers: headersOf(user) })
      if (statusCode !== 200) throw new Error(`the watch answered ${statusCode}`)
      body.on('error', () => undefined).resume()
    },
    stop: async () => {
      process.off('exit', atExit)
      await Promise.all([pool.destroy(), watching.destroy()])
      child.kill()
      await ended(child)
    },
  }
}
