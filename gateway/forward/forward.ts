import { StatusError } from '../../domain/status-error.ts'
import { writeTarget } from '../arrive/read-target.ts'
import { mayLast } from '../classify/may-last.ts'
import { endingError } from '../decide/endings.ts'
import { NO_ENDING } from '../decide/stream-revocation.ts'
import type { Upstream, UpstreamRequest } from '../ports.ts'
import type { Announced, Answer } from '../steps.ts'
import { compareFirst } from './compare-first.ts'
import { deleteOneByOne } from './delete-one-by-one.ts'
import { refuseImpersonation } from './refuse-impersonation.ts'
import { requestHeaders } from './request-headers.ts'
import { routeKind } from './route-kind.ts'
import { withoutQuotes } from './without-quotes.ts'

/** An answer with what the client is to be told of its type. */
export type Forwarded = { readonly answer: Answer; readonly answerType?: string }

const NEVER = new AbortController().signal

const bad = (message: string): StatusError => new StatusError('BadGateway', message)

function refuseOdd({ status, headers }: Answer, conditional: boolean): void {
  if (status === 304 && conditional) return
  // A redirect would have to be followed with our credential, or with the agent's: CVE-2022-3172.
  if (status < 200 || (status >= 300 && status < 400)) throw bad('kube-apiserver answered with a redirect, which is not passed on')
  const encoding = headers['content-encoding']
  if (encoding !== undefined && encoding !== 'identity') throw bad('kube-apiserver answered in an encoding that was not asked for')
}

async function send(announced: Announced, upstream: Upstream, request: UpstreamRequest): Promise<Answer> {
  const { trial, only } = announced
  if (only !== undefined) return await deleteOneByOne(announced, upstream, request)
  return trial === undefined ? await upstream.request(request) : await compareFirst({ announced, upstream, trial }, request)
}

/**
 * What ends the request upstream. A read ends when the client leaves. A write of an object goes on, so that its outcome is known; one that another
 * server answers through a proxy goes on when the client leaves, and ends with its grant.
 */
function signalOf(announced: Announced): AbortSignal {
  const { method, gone, ending } = announced
  const reads = method === 'GET' || method === 'HEAD'
  if (reads) return ending === NO_ENDING ? gone : AbortSignal.any([gone, ending])
  return mayLast(announced) ? ending : NEVER
}

/** Its answer, unless what permits it has ended. @throws StatusError */
async function answerTo(announced: Announced, upstream: Upstream, request: UpstreamRequest): Promise<Answer> {
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
 * Step 6. One request upstream, built from the parsed form.
 * @throws StatusError 406 before anything is sent; 401, 403 when what permits it has ended; 502, 504; CannotImpersonate
 */
export async function forward(announced: Announced, upstream: Upstream): Promise<Forwarded> {
  const { classified, method, endless, outgoing } = announced
  const route = routeKind(classified.info)
  const { headers, ...rest } = requestHeaders(announced, route)
  const signal = signalOf(announced)
  const answer = await answerTo(announced, upstream, { method, target: writeTarget(announced), headers, body: outgoing, signal, endless })
  const reads = method === 'GET' || method === 'HEAD'
  try {
    refuseOdd(answer, route === 'static')
    if (answer.status === 403) return { answer: await refuseImpersonation(answer, announced), ...rest }
    if (!reads && answer.status >= 400) return { answer: await withoutQuotes(answer, announced), ...rest }
  } catch (error) {
    answer.body.destroy()
    throw error
  }
  return { answer, ...rest }
}
