import type { AccessRequest } from '../../domain/api/access-request.ts'
import { API_VERSION } from '../../domain/api/names.ts'
import type { IO } from '../terminal/io.ts'
import { withdrawalPath } from './paths.ts'
import { underName } from './read-access-request.ts'

/** Withdraws a pending request of the caller. Repeating it changes nothing. @throws KubectlError */
export async function withdrawRequest({ kubectl }: Pick<IO, 'kubectl'>, name: string, message?: string): Promise<AccessRequest> {
  const body = { apiVersion: API_VERSION, kind: 'RequestWithdrawal', spec: message === undefined ? {} : { message } }
  return underName(await kubectl.create<AccessRequest>(withdrawalPath(name), body), name)
}
