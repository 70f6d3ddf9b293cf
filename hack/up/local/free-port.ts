import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server } from 'node:net'
import { hasErrorCode } from '../../../server/system-error.ts'

// Below the ports of clusters (hack/cluster/leases/port-leases.ts) and the ports that the kernel hands out, which any connection of another process
// could take between here and the start of the server that is to use them.
const FIRST = 10_000
const LAST = 22_999
const TRIES = 200
/** Ports that `fetch` does not connect to, of those from FIRST to LAST (https://fetch.spec.whatwg.org/#port-blocking). */
const BLOCKED: ReadonlySet<number> = new Set([10_080])

async function hold(port: number): Promise<Server | undefined> {
  const server = createServer().listen(port, '127.0.0.1')
  try {
    await once(server, 'listening')
    return server
  } catch (error) {
    if (hasErrorCode(error, 'EADDRINUSE')) return undefined
    throw error
  }
}

/** Different ports that are free now. If another program takes one first, the server reports it and exits. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const held = new Map<number, Server>()
  for (let tries = 0; held.size < count; tries += 1) {
    if (tries === TRIES * count) throw new Error(`found only ${held.size} of ${count} free ports from ${FIRST} to ${LAST}`)
    const port = randomInt(FIRST, LAST + 1)
    if (BLOCKED.has(port)) continue
    const server = await hold(port)
    if (server !== undefined) held.set(port, server)
  }
  await Promise.all([...held.values()].map((server) => new Promise((resolve) => server.close(resolve))))
  return [...held.keys()]
}

/** One port that is free now. */
export async function freePort(): Promise<number> {
  const [port = 0] = await freePorts(1)
  return port
}
