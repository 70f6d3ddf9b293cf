import { classify } from '../../domain/classify/classify.ts'
import { readRequest } from '../../domain/classify/read-request.ts'
import { StatusError } from '../../domain/status-error.ts'
import { offer } from '../forward/accept.ts'
import { routeKind } from '../forward/route-kind.ts'
import type { Limits } from '../limits.ts'
import type { Asked, Known } from '../steps.ts'
import { isDryRun } from './dry-run.ts'
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

/**
 * Step 3. Reads the request as kube-apiserver will, with its whole body. `release` is called when the body is no longer needed.
 * @throws StatusError 400 for what upstream could read otherwise, 406, 413, 415, 429
 */
export async function ask(known: Known, limits: Limits): Promise<{ readonly asked: Asked; readonly release: () => void }> {
  const classified = classify(readRequest(known.method, known.path, known.query))
  checkUpgrade(known, classified.info.subresource)
  refuseEncoded(known)
  if (known.upgrade === undefined) offer(known.headers.get('accept'), routeKind(classified.info))
  const bodiless = known.method === 'GET' || known.method === 'HEAD' || known.upgrade !== undefined
  const room = limits.room(known.caller.identity.username)
  const body = bodiless ? EMPTY : await readBody(known.payload, room)
  return { asked: { ...known, classified, body, dryRun: isDryRun(classified, known.query, body) }, release: room.release }
}
