import type { Request, RequestHandler } from 'express'
import { StatusError } from '../../domain/status-error.ts'
import { FairCounts } from '../fair-counts.ts'

/** Bodies up to this length are not counted: the bound of connections bounds them. Most forms, and requests for tokens, are shorter. */
const SMALL_BYTES = 16 * 1024

export type LargeBodies = {
  /** Whom the memory of a body counts for. */
  readonly ownerOf: (request: Request) => string | Promise<string>
  /** Bodies that are read at the same time, of one owner and of all. */
  readonly each: number
  readonly all: number
}

/** Whether a body may be long, or become long when it is inflated. */
function mayBeLarge({ headers }: Request): boolean {
  const length = headers['content-length']
  if (headers['transfer-encoding'] !== undefined || headers['content-encoding'] !== undefined) return true
  return length !== undefined && Number(length) > SMALL_BYTES
}

/**
 * Bounds the large bodies that are in memory before anybody is known: who sends them slowly would else fill it. One that finds no place is refused before it is
 * read.
 */
export function boundLargeBodies({ ownerOf, each, all }: LargeBodies): RequestHandler {
  const counts = new FairCounts<string>(each, all)
  const take = (request: Request, owner: string): void => {
    // Of one that has left meanwhile, no event would give the place back.
    if (request.closed) return
    if (counts.full(owner, 1) !== undefined)
      throw new StatusError('TooManyRequests', 'too many long forms are sent at the same time; try again', { details: { retryAfterSeconds: 2 } })
    counts.add(owner, 1)
    let held = true
    const give = (): void => {
      if (held) counts.add(owner, -1)
      held = false
    }
    request.once('end', give).once('close', give).once('error', give)
  }
  return (request, _response, next) => {
    if (!mayBeLarge(request)) return next()
    Promise.resolve(ownerOf(request))
      .then((owner) => {
        take(request, owner)
        next()
      }, next)
      .catch(next)
  }
}
