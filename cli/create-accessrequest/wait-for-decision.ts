import { requestPhase, type AccessRequest } from '../../domain/api/access-request.ts'
import { approvalsOf, formatApprovals, formatMissing } from '../../domain/api/approvals/approvals.ts'
import { CommandError, EXIT } from '../terminal/exit-code.ts'
import { isGone, KubectlError } from '../kubectl/kubectl-error.ts'
import { TRANSIENT_REASONS } from '../kubectl/transient.ts'
import { requestsPath } from '../kubectl/paths.ts'
import { readRequest } from '../kubectl/read-access-request.ts'
import { formatDuration } from '../../domain/format/duration.ts'
import { lines, oneLine } from '../terminal/untrusted.ts'
import type { IO } from '../terminal/io.ts'

type WatchEvent = { readonly type: string; readonly object: AccessRequest }

const RETRY_MS = 1000
/** The watch is renewed at least this often: an expiry sends no watch event. */
const RENEW_MS = 60_000

/** The request was deleted, so its last known state is not valid any more. */
export class RequestGone extends CommandError {
  constructor(name: string) {
    super(EXIT.ended, `accessrequest "${name}" was deleted before it was decided`, 'to ask again: run the same command again')
    this.name = 'RequestGone'
  }
}

type Waiting = {
  readonly deadline: number
  /** Aborts when the user stops the wait. */
  readonly interrupted: AbortSignal
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

const pending = (io: IO, request: AccessRequest): boolean => requestPhase(request.status, io.clock.nowMs()) === 'Pending'

function progressOf(io: IO, request: AccessRequest): string {
  const left = Date.parse(request.status?.expiresAt ?? '') - io.clock.nowMs()
  const { given, required } = approvalsOf(request)
  const missing = request.status?.approvals?.missing ?? []
  const from = missing.some(({ groups }) => groups !== undefined) ? `, missing: ${oneLine(formatMissing(missing))}` : ''
  return `waiting for the approval of ${request.metadata.name}${given > 0 ? `, ${given} of ${required ?? 'several'} so far` : ''}${from}${left > 0 ? ` (expires in ${formatDuration(left / 1000)})` : ''}`
}

/** Watches until an event shows that the request is decided or deleted, or until `deadline`. */
async function watchOnce(io: IO, request: AccessRequest, { deadline, interrupted }: Waiting): Promise<void> {
  const expiry = Date.parse(request.status?.expiresAt ?? '')
  const until = Math.min(deadline, io.clock.nowMs() + RENEW_MS, Number.isNaN(expiry) ? Infinity : expiry + RETRY_MS)
  const stop = new AbortController()
  const timer = setTimeout(() => stop.abort(), Math.max(0, until - io.clock.nowMs()))
  const ticker = setInterval(() => io.progress(progressOf(io, request)), 1000)
  try {
    const { name, resourceVersion = '' } = request.metadata
    const path = requestsPath({ watch: 'true', fieldSelector: `metadata.name=${name}`, resourceVersion })
    for await (const event of io.kubectl.watch<WatchEvent>(path, AbortSignal.any([stop.signal, interrupted]))) {
      if (event.type !== 'MODIFIED' || !pending(io, event.object)) return
    }
  } finally {
    clearTimeout(timer)
    clearInterval(ticker)
    io.progress('')
  }
}

async function reread(io: IO, name: string, deadline: number): Promise<AccessRequest> {
  for (;;) {
    try {
      return await readRequest(io, name)
    } catch (error) {
      if (!(error instanceof KubectlError)) throw error
      if (isGone(error)) throw new RequestGone(name)
      if (!TRANSIENT_REASONS.has(error.reason) || io.clock.nowMs() >= deadline) throw error
      await sleep(RETRY_MS)
    }
  }
}

/** Explains an expired token: the command stops, but the request stays pending. */
function explainUnauthorized(error: unknown, name: string): unknown {
  if (!(error instanceof KubectlError) || error.reason !== 'Unauthorized') return error
  return new CommandError(
    EXIT.unexpected,
    `your token expired; accessrequest "${name}" is still pending (${lines(error.message).join(' ')})`,
    'get a new token and run the same command again to continue waiting',
  )
}

/** The error for a wait that timed out. */
export function stillWaiting(request: AccessRequest): CommandError {
  const said = `accessrequest "${request.metadata.name}" was not decided in time, and still waits: ${oneLine(formatApprovals(request))}`
  return new CommandError(EXIT.timedOut, said, 'run the same command again to continue waiting')
}

/**
 * Waits until the request is decided, expires or is withdrawn. `late`: the deadline passed, or the user stopped the wait, while the request was
 * still pending.
 * @param seen called with the request each time it is read
 * @throws RequestGone when it was deleted; CommandError, KubectlError when the wait failed while the request may still be pending
 */
export async function waitForDecision(
  io: IO,
  filed: AccessRequest,
  { seen, ...waiting }: Waiting & { readonly seen: (request: AccessRequest) => void },
): Promise<{ readonly request: AccessRequest; readonly late: boolean }> {
  const { deadline, interrupted } = waiting
  let request = filed
  for (;;) {
    seen(request)
    if (!pending(io, request)) return { request, late: false }
    if (io.clock.nowMs() >= deadline || interrupted.aborted) return { request, late: true }
    io.progress(progressOf(io, request))
    const started = io.clock.nowMs()
    await watchOnce(io, request, waiting).catch((error: unknown) => {
      if (!(error instanceof KubectlError) || !TRANSIENT_REASONS.has(error.reason)) throw explainUnauthorized(error, filed.metadata.name)
    })
    if (interrupted.aborted) return { request, late: true }
    request = await reread(io, filed.metadata.name, deadline).catch((error: unknown) => {
      throw explainUnauthorized(error, filed.metadata.name)
    })
    // A watch that ends immediately, as on a restarting server, must not become a busy loop.
    if (pending(io, request) && io.clock.nowMs() - started < RETRY_MS && io.clock.nowMs() < deadline) await sleep(RETRY_MS)
  }
}
