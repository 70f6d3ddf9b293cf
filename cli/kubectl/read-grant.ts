import type { AccessGrant } from '../../domain/api/access-grant.ts'
import type { AccessRequest } from '../../domain/api/access-request.ts'
import { isGone, KubectlError } from './kubectl-error.ts'
import { grantPath } from './paths.ts'
import { underName } from './read-request.ts'
import type { IO } from '../terminal/io.ts'

/** The grant of an approved request. `gone`: it is there no more. Undefined: there was none, or nothing is known of it. */
export type FoundGrant = AccessGrant | 'gone' | undefined

/** As its requester, who sees all grants of its own. @throws what is no KubectlError */
export async function readOwnGrant({ kubectl }: Pick<IO, 'kubectl'>, { status }: AccessRequest): Promise<FoundGrant> {
  const name = status?.grantName
  if (name === undefined) return undefined
  try {
    return underName(await kubectl.get<AccessGrant>(grantPath(name)), name)
  } catch (error) {
    if (!(error instanceof KubectlError)) throw error
    return isGone(error) ? 'gone' : undefined
  }
}

/** As anybody else, for whom a grant that it may not see is as if it were not there. @throws what is no KubectlError */
export async function readGrant(io: Pick<IO, 'kubectl'>, request: AccessRequest): Promise<AccessGrant | undefined> {
  const found = await readOwnGrant(io, request)
  return found === 'gone' ? undefined : found
}
