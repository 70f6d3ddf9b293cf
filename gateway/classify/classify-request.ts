import { classify } from '../../domain/classify/classify.ts'
import { readRequest } from '../../domain/classify/read-request.ts'
import type { Classified } from '../../domain/decision.ts'
import { StatusError } from '../../domain/status-error.ts'
import { offer } from '../forward/accept.ts'
import { routeKind } from '../forward/route-kind.ts'
import type { ApiServers } from '../../kube/api-servers.ts'
import type { Limits } from '../limits.ts'
import type { Asked, Known } from '../steps.ts'
import { isDryRun } from './dry-run.ts'
import { whyNoDryRun } from './keeps-dry-run.ts'
import { readBody } from './read-body.ts'

const EMPTY = Buffer.alloc(0)

/** What the body says is looked at and bound by its digest, so it must lie open. */
function refuseEncoded({ headers }: Known): void {
  const encoding = headers.get('content-encoding')
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity')
    throw new StatusError('UnsupportedMediaType', 'a compressed request body is not accepted')
}

/** Streams go by Upgrade alone; upstream would answer otherwise what we have not looked at. */
function checkUpgrade({ upgrade }: Known, subresource: string): void {
  const streams = subresource === 'exec' || subresource === 'attach' || subresource === 'portforward'
  if (streams && upgrade === undefined) throw new StatusError('BadRequest', 'unable to upgrade: an Upgrade request is expected')
  if (!streams && upgrade !== undefined) throw new StatusError('BadRequest', 'this path cannot be upgraded')
}

/** What may be done for real is not decided as something that is only tried: it takes no use then, and a policy may let it pass. */
function refuseUnkept({ info }: Classified, servers: ApiServers): void {
  const why = whyNoDryRun(info, servers)
  if (why !== undefined) throw new StatusError('BadRequest', why)
}

/**
 * Step 3. Reads the request as kube-apiserver will, with its whole body. `release` is called when the body is no longer needed.
 * @throws StatusError 400 for what upstream could read otherwise and for a dry run that may be none, 406, 413, 415, 429, 503
 */
export async function ask(
  known: Known,
  { limits, servers }: { readonly limits: Limits; readonly servers: ApiServers },
): Promise<{ readonly asked: Asked; readonly release: () => void }> {
  const classified = classify(readRequest(known.method, known.path, known.query))
  checkUpgrade(known, classified.info.subresource)
  refuseEncoded(known)
  if (known.upgrade === undefined) offer(known.headers.get('accept'), routeKind(classified.info))
  const bodiless = known.method === 'GET' || known.method === 'HEAD' || known.upgrade !== undefined
  const room = limits.room(known.caller.identity.username)
  const body = bodiless ? EMPTY : await readBody(known.payload, room)
  try {
    const dryRun = isDryRun(classified, known.query, body)
    if (dryRun) refuseUnkept(classified, servers)
    return { asked: { ...known, classified, body, dryRun }, release: room.release }
  } catch (error) {
    room.release()
    throw error
  }
}
