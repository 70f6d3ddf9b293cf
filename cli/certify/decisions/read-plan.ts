import type { AccessRequest } from '../../../domain/api/access-request.ts'
import { KubectlError } from '../../kubectl/kubectl-error.ts'
import { planPath } from '../../kubectl/paths.ts'
import { underName } from '../../kubectl/read-access-request.ts'
import type { IO } from '../../terminal/io.ts'

/** Reasons when the caller may not read the plan or the server does not serve plans. */
const NOT_SHOWN: ReadonlySet<string> = new Set(['Forbidden', 'NotFound', 'MethodNotAllowed'])

/** Adds the plan to a request whose plan only approvers may read, if the caller is one. @throws KubectlError */
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
