import type { AccessRequest } from '../../../domain/api/access-request.ts'
import { KubectlError } from '../../kubectl/kubectl-error.ts'
import { planPath } from '../../kubectl/paths.ts'
import { underName } from '../../kubectl/read-request.ts'
import type { IO } from '../../terminal/io.ts'

/** What the server says to somebody who may not, or that it does not serve plans. */
const NOT_SHOWN: ReadonlySet<string> = new Set(['Forbidden', 'NotFound', 'MethodNotAllowed'])

/** The request with its plan, where that is for approvers alone and the caller is one. @throws KubectlError */
export async function withPlan(io: IO, request: AccessRequest): Promise<AccessRequest> {
  if (request.spec.operation?.planReaders !== 'Approvers') return request
  const { name } = request.metadata
  try {
    return underName(await io.kubectl.get<AccessRequest>(planPath(name)), name)
  } catch (error) {
    if (error instanceof KubectlError && NOT_SHOWN.has(error.reason)) return request
    throw error
  }
}
