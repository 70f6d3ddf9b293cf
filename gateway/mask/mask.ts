import type { ServerResponse } from 'node:http'
import { CannotMask, type KnownValues } from '../../domain/mask/masker.ts'
import { StatusError } from '../../domain/status-error.ts'
import type { AccessView } from '../grants/access-view.ts'
import { lastKnownWarning } from '../grants/last-known-warning.ts'
import type { CatchUp } from '../catch-up/catch-up.ts'
import type { ByteRoom } from '../byte-room.ts'
import { endingError } from '../decide/endings.ts'
import type { Masking } from '../ports.ts'
import type { Limits } from '../wire-limits.ts'
import type { Announced, Answer } from '../steps.ts'
import { deliver } from './deliver.ts'
import { treatmentOf, type Treatment } from './mask-kind.ts'
import { maskerFor } from './masker-for.ts'
import { policyMasking } from './policy-masking.ts'
import { responseHeaders } from './response-headers.ts'
import { revealWarning } from './reveal-warning.ts'

/** Discovery and health contain no values, so they are served even while Secrets cannot be read. Everything else waits for the values. */
async function valuesFor(announced: Announced, masking: Masking): Promise<KnownValues> {
  if (announced.classified.info.isResourceRequest) return masking.values()
  return masking.known
}

/** A `Warning` header in the format of kube-apiserver: RFC 7234, code 299. */
function shadowWarning({ permit: { decision } }: Announced): string | undefined {
  if (!decision.shadow || decision.effect === 'Allow') return undefined
  return `299 - "jit-access: policy ${decision.policy} (Shadow), rule ${decision.rule}, would have asked for more: ${decision.effect}"`
}

function treatment(announced: Announced, answer: Answer): Treatment {
  try {
    return treatmentOf(announced.classified.info, announced.method, answer)
  } catch (error) {
    answer.body.destroy()
    if (!(error instanceof CannotMask)) throw error
    throw new StatusError('BadGateway', 'the answer is of a kind that cannot be masked, so it is withheld', { cause: error })
  }
}

/** The ERROR event of a watch whose permit ends, or whose values to mask are unknown. A log has no such event: its connection is closed. */
function errorEvent({ ending }: Announced, how: Treatment, error: unknown): Buffer | undefined {
  if (how !== 'json-watch' && how !== 'secret-watch') return undefined
  const ended = ending.aborted ? endingError('the watch', ending.reason) : error
  if (!(ended instanceof StatusError)) return undefined
  return Buffer.from(`${JSON.stringify({ type: 'ERROR', object: ended.toStatus() })}\n`)
}

/**
 * The step `mask`. Masks the response as the route requires. Returns the number of body bytes sent.
 * @throws StatusError while nothing was sent, Cut afterwards
 */
export async function mask(
  answer: Answer,
  announced: Announced,
  to: {
    readonly masking: Masking
    readonly catchUp: CatchUp
    readonly heldRoom: ByteRoom
    readonly limits: Pick<Limits, 'slowWork'>
    readonly view: Pick<AccessView, 'outdatedForMs'>
    readonly response: ServerResponse
  },
): Promise<number> {
  const { masking, catchUp, heldRoom, response } = to
  const how = treatment(announced, answer)
  const known = await valuesFor(announced, masking).catch((error: unknown) => {
    answer.body.destroy()
    throw error
  })
  const ours = [shadowWarning(announced), lastKnownWarning(to.view.outdatedForMs()), revealWarning(announced.masksAgain, answer.status)].filter(
    (warning) => warning !== undefined,
  )
  const headers = responseHeaders(answer, {
    info: announced.classified.info,
    hidesFields: policyMasking(announced.policies, announced.classified.info).fields.length > 0,
    auditID: announced.auditID,
    ...(announced.offer.answerType === undefined || answer.status >= 400 ? {} : { type: announced.offer.answerType }),
    ...(how === 'secret-error' ? { type: 'application/json' } : {}),
    warnings: ours,
    mask: (text) => masking.agentText(text, announced),
  })
  if (how === 'nothing') {
    answer.body.resume()
    response.writeHead(answer.status, headers).end()
    return 0
  }
  const masker = maskerFor(how, announced, { masking, known, status: answer.status })
  return deliver({
    response,
    status: answer.status,
    headers,
    body: answer.body,
    masker,
    pace: { work: to.limits.slowWork, identity: announced.caller.identity.username },
    endless: announced.endless && answer.status < 300 ? { catchUp, room: heldRoom.of(announced.caller.identity.username) } : undefined,
    ending: announced.ending,
    errorEvent: (error) => errorEvent(announced, how, error),
  })
}
