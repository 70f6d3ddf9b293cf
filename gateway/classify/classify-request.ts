import { classify } from '../../domain/classify/classify.ts'
import { readRequest } from '../../domain/classify/read-request.ts'
import type { Classified } from '../../domain/decision.ts'
import { isDeletion } from '../../domain/request-info.ts'
import { StatusError } from '../../domain/status-error.ts'
import type { ApiServers } from '../../kube/api-servers.ts'
import type { Limits } from '../wire-limits.ts'
import type { ClassifiedRequest, Known } from '../steps.ts'
import { negotiateAccept } from './accept.ts'
import { isDryRun } from './dry-run.ts'
import { whyNoDryRun } from './keeps-dry-run.ts'
import { readBody } from './read-body.ts'
import { refuseUnrecordable } from './refuse-unrecordable.ts'
import { routeKind } from './route-kind.ts'

const EMPTY = Buffer.alloc(0)
/** Options of a deletion take some hundred bytes. Those that nobody may send are read too, so they must not take long. */
const MAX_OPTIONS_BYTES = 64 * 1024

/** Refuses compressed bodies: the gateway must read the body and bind approvals to its digest. */
function refuseEncoded({ headers }: Known): void {
  const encoding = headers.get('content-encoding')
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity')
    throw new StatusError('UnsupportedMediaType', 'a compressed request body is not accepted')
}

/** Refuses a body that cannot be DeleteOptions, except of a proxied server. */
function refuseLongOptions({ info, power }: Classified, { length }: Buffer): void {
  if (power === 'connect' || !isDeletion(info) || length <= MAX_OPTIONS_BYTES) return
  throw new StatusError('RequestEntityTooLarge', `the options of a deletion are longer than ${MAX_OPTIONS_BYTES} bytes`)
}

/** Requires an upgrade for streams and refuses it elsewhere, so that upstream never serves a request in a form that was not checked. */
function checkUpgrade({ upgrade }: Known, subresource: string): void {
  const streams = subresource === 'exec' || subresource === 'attach' || subresource === 'portforward'
  if (streams && upgrade === undefined) throw new StatusError('BadRequest', 'unable to upgrade: an Upgrade request is expected')
  if (!streams && upgrade !== undefined) throw new StatusError('BadRequest', 'this path cannot be upgraded')
}

/**
 * Refuses a dry run that the serving API server may execute for real. A dry run takes no use of a grant and may be allowed by a policy, so it
 * must not change anything.
 */
function refuseUnkept({ info }: Classified, servers: ApiServers): void {
  const why = whyNoDryRun(info, servers)
  if (why !== undefined) throw new StatusError('BadRequest', why)
}

/**
 * The step `classify`. Classifies the request as kube-apiserver will interpret it, and reads its complete body. Call `releaseBody` when the body is
 * no longer needed.
 * @throws StatusError 400 for what upstream could read differently and for a dry run that might be executed, 406, 413, 415, 429, 503
 */
export async function classifyRequest(
  known: Known,
  { limits, servers }: { readonly limits: Limits; readonly servers: ApiServers },
): Promise<ClassifiedRequest> {
  const classified = classify(readRequest(known.method, known.path, known.query))
  refuseUnrecordable(classified.info)
  checkUpgrade(known, classified.info.subresource)
  refuseEncoded(known)
  // An upgrade has no response body, so its Accept header does not count.
  const offered = negotiateAccept(known.upgrade === undefined ? known.headers.get('accept') : undefined, routeKind(classified.info))
  const bodiless = known.method === 'GET' || known.method === 'HEAD' || known.upgrade !== undefined
  const { username } = known.caller.identity
  const room = limits.room(username)
  const body = bodiless ? EMPTY : await readBody(known.payload, room)
  try {
    refuseLongOptions(classified, body)
    const dryRun = isDryRun(classified, known.query, body)
    if (dryRun) refuseUnkept(classified, servers)
    const inTurn: ClassifiedRequest['inTurn'] = (call) => limits.ownCalls.take(username, call, known.gone)
    const slowly: ClassifiedRequest['slowly'] = (piece) => limits.slowWork.next(username, piece, known.gone)
    return { ...known, classified, offer: offered, body, releaseBody: room.release, inTurn, slowly, dryRun }
  } catch (error) {
    room.release()
    throw error
  }
}
