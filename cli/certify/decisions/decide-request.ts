import type { AccessRequest } from '../../../domain/api/access-request.ts'
import { basisOf, withDecision, type ApprovalDecision } from '../../../domain/approval/approval-decision.ts'
import { readNeedsPasskey } from '../../../domain/approval/passkey.ts'
import { CommandError, EXIT } from '../../terminal/exit-code.ts'
import { KubectlError } from '../../kubectl/kubectl-error.ts'
import { approvalPath } from '../../kubectl/paths.ts'
import { readRequest, underName } from '../../kubectl/read-access-request.ts'
import { oneLine } from '../../terminal/untrusted.ts'
import type { IO } from '../../terminal/io.ts'

const TRIES = 5

/** kubectl has no authenticator: such an approval is made in the console. */
function needsPasskey({ reason, message }: KubectlError, name: string): CommandError | undefined {
  const needs = reason === 'Forbidden' ? readNeedsPasskey(message) : undefined
  if (needs === undefined) return undefined
  const next = needs.page === undefined ? `you can deny it: kubectl certify deny ${oneLine(name)} --reason=TEXT` : `open ${oneLine(needs.page)}`
  return new CommandError(EXIT.needsPasskey, oneLine(message), next)
}

/**
 * Writes a decision on the request as the reviewer saw it. Retries on a newer version if only irrelevant parts changed, such as labels,
 * but not if spec, conditions or reviews changed: then the reviewer has to look again.
 * @throws CommandError when it changed or has expired, or needs a passkey, KubectlError when the server refuses
 */
export async function decide(io: IO, seen: AccessRequest, decision: ApprovalDecision): Promise<AccessRequest> {
  const { name } = seen.metadata
  let request = seen
  for (let tries = 1; ; tries += 1) {
    try {
      return underName(await io.kubectl.replace<AccessRequest>(approvalPath(name), withDecision(request, decision, 'KubectlCertify')), name)
    } catch (error) {
      if (!(error instanceof KubectlError)) throw error
      if (error.reason !== 'Conflict' || tries === TRIES) throw needsPasskey(error, name) ?? error
      request = await readRequest(io, name)
      if (basisOf(request) !== basisOf(seen))
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
