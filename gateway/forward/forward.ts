import { StatusError } from '../../domain/status-error.ts'
import { writeTarget } from '../arrive/read-target.ts'
import { mayBeLongRunning } from '../classify/may-last.ts'
import { routeKind } from '../classify/route-kind.ts'
import { endingError } from '../decide/endings.ts'
import { NO_ENDING } from '../decide/stream-revocation.ts'
import type { UpstreamClient, UpstreamRequest } from '../ports.ts'
import type { Announced, Answer } from '../steps.ts'
import { compareFirst } from './compare-first.ts'
import { deleteOneByOne } from './delete-one-by-one.ts'
import { refuseImpersonation } from './refuse-impersonation.ts'
import { requestHeaders } from './request-headers.ts'
import { rebuildQuotingErrors } from './without-quotes.ts'

const NEVER = new AbortController().signal

const bad = (message: string): StatusError => new StatusError('BadGateway', message)

function refuseUnexpected({ status, headers }: Answer, conditional: boolean): void {
  if (status === 304 && conditional) return
  // Following a redirect would send a credential of the gateway or the agent to another server: CVE-2022-3172.
  if (status < 200 || (status >= 300 && status < 400)) throw bad('kube-apiserver answered with a redirect, which is not passed on')
  const encoding = headers['content-encoding']
  if (encoding !== undefined && encoding !== 'identity') throw bad('kube-apiserver answered in an encoding that was not asked for')
}

async function send(announced: Announced, upstream: UpstreamClient, request: UpstreamRequest): Promise<Answer> {
  const { trial, only } = announced
  if (only !== undefined) return await deleteOneByOne(announced, upstream, request)
  return trial === undefined ? await upstream.request(request) : await compareFirst({ announced, upstream, trial }, request)
}

/**
 * Returns the signal that aborts the upstream request. A read ends when the client disconnects or its permit ends. A write of an object always
 * continues, so that its outcome is known. A write through a proxy continues when the client disconnects, but ends with its grant.
 */
function signalOf(announced: Announced): AbortSignal {
  const { method, gone, ending } = announced
  const reads = method === 'GET' || method === 'HEAD'
  if (reads) return ending === NO_ENDING ? gone : AbortSignal.any([gone, ending])
  return mayBeLongRunning(announced) ? ending : NEVER
}

/** Sends the request and returns the response. @throws StatusError when the request failed, or its permit has ended */
async function answerTo(announced: Announced, upstream: UpstreamClient, request: UpstreamRequest): Promise<Answer> {
  const { ending } = announced
  try {
    const answer = await send(announced, upstream, request)
    if (!ending.aborted) return answer
    answer.body.destroy()
    throw endingError(`the request; kube-apiserver answered it with ${answer.status}`, ending.reason)
  } catch (error) {
    if (!ending.aborted || (error instanceof StatusError && error.cause === undefined)) throw error
    throw endingError('the request; whether it was done is not known', ending.reason)
  }
}

/**
 * The step `forward`. Sends one request upstream, built from the parsed request.
 * @throws StatusError 401, 403, 503 when the permit has ended; 502, 504; CannotImpersonate
 */
export async function forward(announced: Announced, upstream: UpstreamClient): Promise<Answer> {
  const { classified, method, endless, outgoing } = announced
  const route = routeKind(classified.info)
  const headers = requestHeaders(announced, route)
  const signal = signalOf(announced)
  const answer = await answerTo(announced, upstream, { method, target: writeTarget(announced), headers, body: outgoing, signal, endless })
  const reads = method === 'GET' || method === 'HEAD'
  try {
    refuseUnexpected(answer, route === 'static')
    if (answer.status === 403) return await refuseImpersonation(answer, announced)
    if (!reads && answer.status >= 400) return await rebuildQuotingErrors(answer, announced)
  } catch (error) {
    answer.body.destroy()
    throw error
  }
  return answer
}
