import { randomUUID } from 'node:crypto'
import type { Decision } from '../../../domain/decision.ts'
import { StatusError } from '../../../domain/status-error.ts'
import { readBounded } from '../../../kube/read-bounded.ts'
import { cannotImpersonate, readImpersonationRefusal } from '../../forward/impersonation-refusal.ts'
import { identityHeaders } from '../../forward/identity-headers.ts'
import type { Held, UpstreamClient } from '../../ports.ts'

const MAX_BYTES = 8 * 1024 * 1024
const TIMEOUT_MS = 15_000
/** When a turn ends although kube-apiserver has not answered: it ends requests after 60 s by default. */
const TURN_MS = 90_000

export type Call = {
  readonly method: string
  readonly target: string
  readonly body?: Buffer
  readonly contentType?: string
  readonly hold: 'file' | 'preview'
  /** Adds the policy's elevated group, for a dry run that shows what would happen under a grant. */
  readonly elevated?: Decision['policy']
}
export type Reply = { readonly status: number; readonly text: string }

async function readText(body: AsyncIterable<Buffer>): Promise<string> {
  try {
    return (await readBounded(body, MAX_BYTES)).toString('utf8')
  } catch (cause) {
    throw new StatusError('BadGateway', "kube-apiserver's answer broke off, or was too large", { cause })
  }
}

/** Throws only if the gateway may not impersonate the agent. The caller handles other failures, since a plan can be made without some reads. */
function replyOf(reply: Reply, policies: Held['policies']): Reply {
  const refusal = readImpersonationRefusal(reply.status, reply.text)
  if (refusal?.kind !== 'identity') return reply
  throw cannotImpersonate(
    refusal,
    policies.map(({ metadata }) => metadata.name),
  )
}

const givenUp = (): StatusError =>
  new StatusError('Timeout', 'kube-apiserver did not say in time what the write would change, or the client has left; nothing was done')

/** A reply that goes on when its client leaves. @throws StatusError Timeout at the signal, and what the reply throws */
async function unlessOver(reply: Promise<Reply>, over: AbortSignal): Promise<Reply> {
  const { promise: end, reject } = Promise.withResolvers<never>()
  const giveUp = (): void => reject(givenUp())
  over.addEventListener('abort', giveUp, { once: true })
  if (over.aborted) giveUp()
  try {
    return await Promise.race([reply, end])
  } finally {
    over.removeEventListener('abort', giveUp)
  }
}

/**
 * Makes a request of the gateway, impersonating the agent, in a turn of the agent. It has its own audit ID, since the agent's ID identifies the agent's
 * request. The turn of a dry run lasts until kube-apiserver answers: kube-apiserver goes on with a write whose client has left, for seconds if its
 * body has many fields, so an agent that leaves again and again would cause any number of them at once.
 * @throws StatusError BadGateway, Timeout; CannotImpersonate
 */
export async function callAs(by: Pick<Held, 'asked' | 'policies'>, call: Call, upstream: UpstreamClient): Promise<Reply> {
  const { gone, inTurn } = by.asked
  const over = (): AbortSignal => AbortSignal.any([gone, AbortSignal.timeout(TIMEOUT_MS)])
  if (call.method === 'GET' || call.hold === 'file') return await inTurn(() => callNow(by, { ...call, upstream, signal: over() }))
  const { promise, resolve, reject } = Promise.withResolvers<Reply>()
  inTurn(async () => {
    const reply = callNow(by, { ...call, upstream, signal: AbortSignal.timeout(TURN_MS) })
    resolve(unlessOver(reply, over()))
    await reply.catch(() => undefined)
  }).catch(reject)
  return await promise
}

type Sending = Call & { readonly upstream: UpstreamClient; readonly signal: AbortSignal }

async function callNow({ asked, policies }: Pick<Held, 'asked' | 'policies'>, { upstream, signal, ...call }: Sending): Promise<Reply> {
  const { status, headers, body } = await upstream.request({
    method: call.method,
    target: call.target,
    headers: [
      ['user-agent', 'jit-access'],
      ['accept', 'application/json'],
      ['accept-encoding', 'identity'],
      ...(call.contentType === undefined ? [] : [['content-type', call.contentType] as const]),
      ...identityHeaders({
        caller: asked.caller,
        auditID: randomUUID(),
        policies,
        hold: call.hold,
        ...(call.elevated === undefined ? {} : { elevated: call.elevated }),
      }),
    ],
    ...(call.body === undefined ? {} : { body: call.body }),
    signal,
  })
  if (status < 200 || (status >= 300 && status < 400)) throw new StatusError('BadGateway', 'kube-apiserver answered with a redirect')
  const encoding = headers['content-encoding']
  if (encoding !== undefined && encoding !== 'identity')
    throw new StatusError('BadGateway', 'kube-apiserver answered in an encoding that was not asked for')
  return replyOf({ status, text: await readText(body) }, policies)
}
