import type { AccessRequest, AccessRequestStatus } from '../../../domain/api/access-request.ts'
import { CommandError, EXIT } from '../../terminal/exit-code.ts'
import { KubectlError } from '../../kubectl/kubectl-error.ts'
import { approvalPath } from '../../kubectl/paths.ts'
import { readRequest, underName } from '../../kubectl/read-request.ts'
import { oneLine } from '../../terminal/untrusted.ts'
import type { IO } from '../../terminal/io.ts'

const TRIES = 5

export type Decision = {
  readonly type: 'Approved' | 'Denied'
  readonly message: string | undefined
  readonly narrowed: AccessRequestStatus['narrowed']
  /** Approves even if the plan was too long to be shown completely. Optional. Defaults to false. */
  readonly unseen?: boolean
}

/** The content that a decision is based on. When it changes, the reviewer has to decide again. */
const basis = ({ metadata, spec, status }: AccessRequest): string =>
  JSON.stringify([metadata.uid, spec, status?.conditions ?? [], status?.reviews ?? [], status?.narrowed ?? null])

function decided(request: AccessRequest, { type, message, narrowed, unseen = false }: Decision): AccessRequest {
  const condition = { type, status: 'True', reason: 'KubectlCertify', ...(message === undefined ? {} : { message }) } as const
  return {
    ...request,
    status: {
      ...request.status,
      conditions: [...(request.status?.conditions ?? []), condition],
      ...(narrowed === undefined ? {} : { narrowed }),
      ...(unseen ? { unseen } : {}),
    },
  }
}

/**
 * Writes a decision on the request as the reviewer saw it. Retries on a newer version if only irrelevant parts changed, such as labels,
 * but not if spec, conditions or reviews changed: then the reviewer has to look again.
 * @throws CommandError when it changed or has expired, KubectlError when the server refuses
 */
export async function decide(io: IO, seen: AccessRequest, decision: Decision): Promise<AccessRequest> {
  const { name } = seen.metadata
  let request = seen
  for (let tries = 1; ; tries += 1) {
    try {
      return underName(await io.kubectl.replace<AccessRequest>(approvalPath(name), decided(request, decision)), name)
    } catch (error) {
      if (!(error instanceof KubectlError) || error.reason !== 'Conflict' || tries === TRIES) throw error
      request = await readRequest(io, name)
      if (basis(request) !== basis(seen))
        throw new CommandError(
          EXIT.ended,
          `accessrequest "${name}" changed before your decision was stored`,
          `look again: kubectl certify show ${name}`,
        )
      // A conflict on an unchanged version means that the request has expired by the server's clock.
      if (request.metadata.resourceVersion === seen.metadata.resourceVersion) throw new CommandError(EXIT.ended, oneLine(error.message))
    }
  }
}
