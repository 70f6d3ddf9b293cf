import { requestPhase, type AccessRequest } from '../domain/access-request.ts'
import { CommandError, EXIT } from './exit-code.ts'
import { KubectlError } from './kubectl-error.ts'
import { PASSING } from './passing.ts'
import { requestsPath } from './paths.ts'
import { readRequest } from './read-request.ts'
import { sayDuration } from './duration.ts'
import { lines } from './untrusted.ts'
import type { World } from './world.ts'

type WatchEvent = { readonly type: string; readonly object: AccessRequest }

const RETRY_MS = 1000
/** A watch is renewed at least this often, so that an expiry, which is no event, is seen. */
const RENEW_MS = 60_000

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

const pending = (world: World, request: AccessRequest): boolean => requestPhase(request.status, world.clock.nowMs()) === 'Pending'

function progressOf(world: World, request: AccessRequest): string {
  const left = Date.parse(request.status?.expiresAt ?? '') - world.clock.nowMs()
  const reviews = (request.status?.reviews ?? []).length
  return `waiting for a human to certify ${request.metadata.name}${reviews > 0 ? `, ${reviews} so far` : ''}${left > 0 ? ` (asks for ${sayDuration(left / 1000)} more)` : ''}`
}

/** Watches until one event shows the request decided or gone, or until `deadline`. */
async function watchOnce(world: World, request: AccessRequest, deadline: number): Promise<void> {
  const expiry = Date.parse(request.status?.expiresAt ?? '')
  const until = Math.min(deadline, world.clock.nowMs() + RENEW_MS, Number.isNaN(expiry) ? Infinity : expiry + RETRY_MS)
  const stop = new AbortController()
  const timer = setTimeout(() => stop.abort(), Math.max(0, until - world.clock.nowMs()))
  const ticker = setInterval(() => world.progress(progressOf(world, request)), 1000)
  try {
    const { name, resourceVersion = '' } = request.metadata
    const path = requestsPath({ watch: 'true', fieldSelector: `metadata.name=${name}`, resourceVersion })
    for await (const event of world.kubectl.watch<WatchEvent>(path, stop.signal)) {
      if (event.type !== 'MODIFIED' || !pending(world, event.object)) return
    }
  } finally {
    clearTimeout(timer)
    clearInterval(ticker)
    world.progress('')
  }
}

async function reread(world: World, name: string, deadline: number): Promise<AccessRequest> {
  for (;;) {
    try {
      return await readRequest(world, name)
    } catch (error) {
      if (!(error instanceof KubectlError)) throw error
      if (error.reason === 'NotFound' && !error.message.includes('requested resource'))
        throw new CommandError(EXIT.ended, `accessrequest "${name}" was withdrawn: it is gone`)
      if (!PASSING.has(error.reason) || world.clock.nowMs() >= deadline) throw error
      await sleep(RETRY_MS)
    }
  }
}

/** Says that the token has ended: what waits is the request, and not this command. */
function tellOf(error: unknown, name: string): unknown {
  if (!(error instanceof KubectlError) || error.reason !== 'Unauthorized') return error
  return new CommandError(
    EXIT.unexpected,
    `your token has ended while accessrequest "${name}" waits; it still waits (${lines(error.message).join(' ')})`,
    'get a new token and type the same command again to go on waiting',
  )
}

/** Ends a wait that took too long. */
export function stillWaiting({ metadata: { name }, status }: AccessRequest): CommandError {
  const approvals = (status?.reviews ?? []).length
  const said = approvals === 0 ? 'nobody decided on' : `${approvals} of ${status?.requiredApprovals ?? 'several'} approvals were given to`
  return new CommandError(EXIT.timedOut, `${said} accessrequest "${name}" in time; it still waits`, 'type the same command again to go on waiting')
}

/** Waits until the request is decided, expires or is withdrawn. `late`: the deadline came first, and it still waits. */
export async function waitForDecision(
  world: World,
  filed: AccessRequest,
  deadline: number,
): Promise<{ readonly request: AccessRequest; readonly late: boolean }> {
  let request = filed
  while (pending(world, request)) {
    if (world.clock.nowMs() >= deadline) return { request, late: true }
    world.progress(progressOf(world, request))
    const started = world.clock.nowMs()
    await watchOnce(world, request, deadline).catch((error: unknown) => {
      if (!(error instanceof KubectlError) || !PASSING.has(error.reason)) throw tellOf(error, filed.metadata.name)
    })
    request = await reread(world, filed.metadata.name, deadline).catch((error: unknown) => {
      throw tellOf(error, filed.metadata.name)
    })
    // A watch that ends at once, on a server that restarts, must not become a busy loop.
    if (pending(world, request) && world.clock.nowMs() - started < RETRY_MS && world.clock.nowMs() < deadline) await sleep(RETRY_MS)
  }
  return { request, late: false }
}
