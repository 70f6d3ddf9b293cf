import type { AccessGrant } from '../../domain/api/access-grant.ts'
import type { AccessRequest } from '../../domain/api/access-request.ts'
import { isGone, KubectlError } from './kubectl-error.ts'
import { grantPath } from './paths.ts'
import { underName } from './read-access-request.ts'
import type { IO } from '../terminal/io.ts'

/** The grant of an approved request. `gone`: it was deleted. Undefined: there is none, or it cannot be read. */
export type FoundGrant = AccessGrant | 'gone' | undefined

/** For the requester, who can see all of their own grants. @throws anything but KubectlError */
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

/** For other callers, who cannot tell a deleted grant from one that they may not see. @throws anything but KubectlError */
export async function readGrant(io: Pick<IO, 'kubectl'>, request: AccessRequest): Promise<AccessGrant | undefined> {
  const found = await readOwnGrant(io, request)
  return found === 'gone' ? undefined : found
}
