/**
 * The gateway's relay of exec with everything that is on its path: TLS on both sides, parsing, masking of 1 000 known values, recording to a file, and
 * the wait for the Secrets. It decides nothing: every request is permitted. It exits when its standard input closes.
 */
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { Registry } from 'prom-client'
import { createKnownValues, createMasker, createPlaceholders } from '../../../domain/mask/masker.ts'
import { createHeldRoom } from '../../../gateway/byte-room.ts'
import { createCatchUp } from '../../../gateway/catch-up/catch-up.ts'
import { TIMING } from '../../../gateway/catch-up/timing.ts'
import { createUpstream } from '../../../gateway/forward/upstream.ts'
import type { Masking } from '../../../gateway/ports.ts'
import type { Announced } from '../../../gateway/steps.ts'
import { createRelay } from '../../../gateway/stream/relay.ts'
import { createLog } from '../../../server/log.ts'
import { releaseMemory, releaseMemoryLater } from '../../../server/process/give-back-memory.ts'
import { growHeapFurther } from '../../../server/process/grow-heap-further.ts'
import { openRecorder } from '../../../server/records/recorder.ts'
import { readProxyFlags } from '../gateway/variants/proxy-flags.ts'
import { secrets } from '../mask/generated-input.ts'

const { upstream: upstreamURL, pem } = readProxyFlags()
const clock = { nowMs: () => Date.now() }
const dir = mkdtempSync(join(tmpdir(), 'bench-relay-'))
const weak = ['postgres', 'admin', 'changeme', 'redis', 'localhost', 'guest', 'orders', 'true', '5432'].map((value, index) => ({
  namespace: 'shop',
  secret: `weak-${index}`,
  key: 'password',
  value: Buffer.from(value),
}))
const known = createKnownValues([...secrets(1000), ...weak])
const masking: Masking = {
  known,
  values: () => Promise.resolve(known),
  learned: () => Promise.resolve(),
  isReady: () => true,
  lateNamespaces: () => 0,
  placeholders: (session) => createPlaceholders({ key: Buffer.alloc(32, 1), session }),
  immutable: () => false,
  lookup: () => undefined,
  agentText: (text) => {
    const masker = createMasker('text', { known })
    return Buffer.concat([masker.push(Buffer.from(text)), masker.end()]).toString('utf8')
  },
}
const registry = new Registry()
let revision = 1n
const catchUp = createCatchUp({
  secrets: { revision: () => revision, watchNumber: () => 1, subscribe: () => () => {} },
  latestRevision: () => new Promise((resolve) => setTimeout(() => resolve((revision += 1n)), 3)),
  learned: () => Promise.resolve(),
  timing: TIMING,
})
const upstream = createUpstream({
  server: new URL(upstreamURL),
  ca: pem('ca'),
  credential: { kind: 'certificate', cert: pem('client-cert'), key: pem('client-key') },
})
const recorder = await openRecorder({ dir, clock, onError: (error) => process.stderr.write(`${String(error)}\n`) })
const log = createLog({ part: 'gateway', clock, write: (line) => void process.stderr.write(`${line}\n`) })
const relay = createRelay({ upstream, masking, catchUp, heldRoom: createHeldRoom(registry), recorder, clock, registry, log })

releaseMemory()
growHeapFurther()
releaseMemoryLater()
const server = createServer({ cert: pem('server-cert'), key: pem('server-key') })
server.on('upgrade', ({ method = 'GET', url = '/', headers }, socket, head) => {
  socket.on('error', () => socket.destroy())
  const { pathname, searchParams, search } = new URL(url, 'http://bench')
  const announced = {
    auditID: randomUUID(),
    arrivedMs: clock.nowMs(),
    address: '127.0.0.1',
    method,
    path: pathname,
    search: search.slice(1),
    query: searchParams,
    headers: new Map(Object.entries(headers).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value] as const] : []))),
    upgrade: headers.upgrade === 'websocket' ? 'websocket' : 'spdy/3.1',
    payload: Readable.from([]),
    gone: new AbortController().signal,
    ending: new AbortController().signal,
    caller: { identity: { username: 'agent', uid: '', groups: [], extra: {} }, issuer: undefined, session: 'bench', expiresAtMs: Infinity },
    classified: { info: { resource: 'pods', subresource: 'exec', apiGroup: '', name: 'web', namespace: 'shop' } },
    body: Buffer.alloc(0),
    permit: { grant: undefined },
    policies: [],
    endless: true,
  } as unknown as Announced
  relay(announced, { socket, head }).catch((error: unknown) => {
    process.stderr.write(`${String(error)}\n`)
    socket.destroy()
  })
})
server.listen(0, '127.0.0.1', () => {
  const bound = server.address()
  process.stdout.write(`https://localhost:${typeof bound === 'object' && bound !== null ? bound.port : 0}\n`)
})
const exit = (): void => {
  rmSync(dir, { recursive: true, force: true })
  process.exit(0)
}
process.stdin.resume().on('end', exit)
process.on('SIGTERM', exit)
