import { randomInt } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'
import { withLock } from './lock.ts'
import { isRunning, ownerOf, type Owner } from './owner.ts'
import { removeLeftovers, type Leftovers } from './leftovers.ts'
import { networkOf, PORTS } from '../addresses.ts'

/** A range of ports held by a running process of this user, and what that process would leave behind. */
export type PortLease = Leftovers & { readonly owner: Owner }

/** Holds one file for each cluster. Every user of this machine has a separate folder. */
export const leasesDir = (): string => join(tmpdir(), `jit-access-clusters-${process.getuid?.() ?? 'me'}`)

// Above the ports that are usually configured, below NodePorts (30000) and the kernel's ephemeral ports (32768).
const FIRST = 23_000
const LAST = 29_900
const TRIES = 200

/** Reserves free ports whose pod network is unused, until `releasePorts` or the end of this process. First removes what killed boots left behind. */
export async function leasePorts(dir: string, say: (line: string) => void): Promise<number> {
  return await exclusively(async (folder) => {
    const taken = await sweep(folder, say)
    const same = taken.find((other) => other.dir === dir)
    if (same !== undefined) throw new Error(`${dir} belongs to a cluster that is running (process ${same.owner.pid}); end that one first`)
    const port = await freePort(taken)
    const owner = await ownerOf(process.pid)
    if (owner === undefined) throw new Error('this process was not found')
    await write(folder, { port, dir, owner, processes: [] })
    return port
  })
}

/** Records the processes of a cluster, so that a later boot can end them if this process dies without doing so. */
export async function noteProcesses(port: number, pids: readonly number[]): Promise<void> {
  await exclusively(async (folder) => {
    const lease = await read(join(folder, `${port}.json`))
    if (lease === undefined) return
    const processes = (await Promise.all(pids.map(ownerOf))).filter((owner) => owner !== undefined)
    await write(folder, { ...lease, processes })
  })
}

export async function releasePorts(port: number): Promise<void> {
  await exclusively((folder) => rm(join(folder, `${port}.json`), { force: true }))
}

/** Removes what dead owners left. Returns the number of clusters removed. */
export async function sweepClusters(say: (line: string) => void): Promise<number> {
  return await exclusively(async (folder) => {
    const before = (await leasesIn(folder)).length
    return before - (await sweep(folder, say)).length
  })
}

async function exclusively<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = leasesDir()
  await mkdir(folder, { recursive: true, mode: 0o700 })
  // /tmp is world-writable: a folder that another user made there could name processes for us to kill and folders to remove.
  const { uid, mode } = await stat(folder)
  if (process.getuid !== undefined && (uid !== process.getuid() || (mode & 0o022) !== 0))
    throw new Error(`${folder} belongs to another user or is writable by others; remove it`)
  return await withLock(join(folder, 'lock'), () => work(folder))
}

async function sweep(folder: string, say: (line: string) => void): Promise<readonly PortLease[]> {
  const living: PortLease[] = []
  for (const lease of await leasesIn(folder)) {
    if (await isRunning(lease.owner)) living.push(lease)
    else {
      say(`removing what process ${lease.owner.pid} left of its cluster in ${lease.dir}`)
      await removeLeftovers(lease)
      await rm(join(folder, `${lease.port}.json`), { force: true })
    }
  }
  return living
}

async function leasesIn(folder: string): Promise<readonly PortLease[]> {
  const files = (await readdir(folder)).filter((name) => /^\d+[.]json$/.test(name))
  return (await Promise.all(files.map((name) => read(join(folder, name))))).filter((lease) => lease !== undefined)
}

async function read(file: string): Promise<PortLease | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined)
  return text === undefined ? undefined : (JSON.parse(text) as PortLease)
}

async function write(folder: string, lease: PortLease): Promise<void> {
  const file = join(folder, `${lease.port}.json`)
  await writeFile(`${file}.new`, JSON.stringify(lease), { mode: 0o600 })
  await rename(`${file}.new`, file)
}

async function freePort(taken: readonly PortLease[]): Promise<number> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const port = randomInt(FIRST, LAST)
    if (taken.some((other) => Math.abs(other.port - port) < PORTS)) continue
    if (await networkInUse(networkOf(port))) continue
    if (await allFree(port)) return port
  }
  throw new Error(`no ${PORTS} free ports in a row between ${FIRST} and ${LAST} after ${TRIES} tries`)
}

const COARSE_BITS = 8

/**
 * Whether this machine has an address or a route in 10.A.B.0/24. A route as wide as 10.0.0.0/8 does not count: ours is more specific and
 * wins.
 */
async function networkInUse(network: string): Promise<boolean> {
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? [])
  if (addresses.some(({ address }) => address.startsWith(`${network}.`))) return true
  const [, a = 0, b = 0] = network.split('.').map(Number)
  const wanted = ((10 << 24) | (a << 16) | (b << 8)) >>> 0
  const table = await readFile('/proc/net/route', 'utf8').catch(() => '')
  return table
    .split('\n')
    .slice(1)
    .some((line) => {
      const [, destination = '', , , , , , mask = ''] = line.split('\t')
      const bits = littleEndian(mask)
      // Either network may contain the other, so compare under the wider of both masks.
      const common = (bits & 0xffffff00) >>> 0
      return bits >>> (32 - COARSE_BITS) === 0xff && bits !== 0xff000000 && ((littleEndian(destination) ^ wanted) & common) >>> 0 === 0
    })
}

const littleEndian = (hex: string): number => Buffer.from(hex.padStart(8, '0'), 'hex').readUInt32LE()

async function allFree(port: number): Promise<boolean> {
  for (let offset = 0; offset < PORTS; offset += 1) {
    if (!(await isFree(port + offset))) return false
  }
  return true
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ port, host: '0.0.0.0', exclusive: true }, () => server.close(() => resolve(true)))
  })
}
