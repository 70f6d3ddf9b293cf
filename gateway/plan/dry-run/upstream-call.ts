import { randomUUID } from 'node:crypto'
import type { Decision } from '../../../domain/decision.ts'
import { StatusError } from '../../../domain/status-error.ts'
import { readBounded } from '../../../kube/read-bounded.ts'
import { cannotImpersonate, readImpersonationRefusal } from '../../forward/impersonation-refusal.ts'
import { identityHeaders } from '../../forward/identity-headers.ts'
import type { Held, UpstreamClient } from '../../ports.ts'

const MAX_BYTES = 8 * 1024 * 1024
const TIMEOUT_MS = 15_000

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

/**
 * Makes a request of the gateway, impersonating the agent, in a turn of the agent. It has its own audit ID, since the agent's ID identifies the agent's
 * request.
 * @throws StatusError BadGateway, Timeout; CannotImpersonate
 */
export const callAs = (by: Pick<Held, 'asked' | 'policies'>, call: Call, upstream: UpstreamClient): Promise<Reply> =>
  by.asked.inTurn(() => callNow(by, call, upstream))

async function callNow({ asked, policies }: Pick<Held, 'asked' | 'policies'>, call: Call, upstream: UpstreamClient): Promise<Reply> {
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
    signal: AbortSignal.any([asked.gone, AbortSignal.timeout(TIMEOUT_MS)]),
  })
  if (status < 200 || (status >= 300 && status < 400)) throw new StatusError('BadGateway', 'kube-apiserver answered with a redirect')
  const encoding = headers['content-encoding']
  if (encoding !== undefined && encoding !== 'identity')
    throw new StatusError('BadGateway', 'kube-apiserver answered in an encoding that was not asked for')
  return replyOf({ status, text: await readText(body) }, policies)
}
