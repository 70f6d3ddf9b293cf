import { requestPhase, type AccessRequest } from '../domain/access-request.ts'
import { approvalsOf, sayApprovals } from '../domain/approvals.ts'
import { CommandError, EXIT } from './exit-code.ts'
import { isGone, KubectlError } from './kubectl-error.ts'
import { PASSING } from './passing.ts'
import { requestsPath } from './paths.ts'
import { readRequest } from './read-request.ts'
import { sayDuration } from './duration.ts'
import { lines, oneLine } from './untrusted.ts'
import type { World } from './world.ts'

type WatchEvent = { readonly type: string; readonly object: AccessRequest }

const RETRY_MS = 1000
/** A watch is renewed at least this often, so that an expiry, which is no event, is seen. */
const RENEW_MS = 60_000

/** Somebody deleted the request: what was last seen of it is no longer so. */
export class RequestGone extends CommandError {
  constructor(name: string) {
    super(EXIT.ended, `accessrequest "${name}" is gone: somebody deleted it before it was decided`, 'to ask anew: type the same command again')
    this.name = 'RequestGone'
  }
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

const pending = (world: World, request: AccessRequest): boolean => requestPhase(request.status, world.clock.nowMs()) === 'Pending'

function progressOf(world: World, request: AccessRequest): string {
  const left = Date.parse(request.status?.expiresAt ?? '') - world.clock.nowMs()
  const { given, required } = approvalsOf(request)
  return `waiting for a human to certify ${request.metadata.name}${given > 0 ? `, ${given} of ${required ?? 'several'} so far` : ''}${left > 0 ? ` (asks for ${sayDuration(left / 1000)} more)` : ''}`
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
      if (isGone(error)) throw new RequestGone(name)
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
export function stillWaiting(request: AccessRequest): CommandError {
  const said = `accessrequest "${request.metadata.name}" was not decided in time, and still waits: ${oneLine(sayApprovals(request))}`
  return new CommandError(EXIT.timedOut, said, 'type the same command again to go on waiting')
}

/**
 * Waits until the request is decided, expires or is withdrawn. `late`: the deadline came first, and it still waits.
 * @param seen told of the request whenever it was read
 * @throws RequestGone when it was deleted; CommandError, KubectlError when the wait broke off, and the request may still wait
 */
export async function waitForDecision(
  world: World,
  filed: AccessRequest,
  { deadline, seen }: { readonly deadline: number; readonly seen: (request: AccessRequest) => void },
): Promise<{ readonly request: AccessRequest; readonly late: boolean }> {
  let request = filed
  for (;;) {
    seen(request)
    if (!pending(world, request)) return { request, late: false }
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
}
