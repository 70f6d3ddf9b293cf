import type { AccessGrant } from '../../../domain/api/access-grant.ts'
import { requestPhase } from '../../../domain/api/access-request.ts'
import { holds } from '../../../domain/api/conditions.ts'
import { withoutResourceVersion, withRevocation } from '../../../domain/grant/revocation.ts'
import { forEachName } from './for-each-name.ts'
import { CommandError, EXIT, type ExitCode } from '../../terminal/exit-code.ts'
import { isGone, KubectlError } from '../../kubectl/kubectl-error.ts'
import { chooseGrants } from '../grants/choose-grants.ts'
import { formatOf, shortName, type ObjectFormat } from '../../terminal/output-formats.ts'
import { printAs } from '../../terminal/print-as.ts'
import { lastOf, type ParsedFlags } from '../../terminal/parse-flags.ts'
import { grantPath, revocationPath } from '../../kubectl/paths.ts'
import { retryConflicts } from '../../kubectl/retry-conflicts.ts'
import { readRequest, underName } from '../../kubectl/read-access-request.ts'
import { formatGrantEnd, formatRevoked } from '../../format/grant.ts'
import { outcomeOf } from '../../format/outcome.ts'
import { oneLine } from '../../terminal/untrusted.ts'
import type { IO } from '../../terminal/io.ts'

type Revocation = { readonly message: string | undefined; readonly format: ObjectFormat | undefined }

type Put = { readonly grant: AccessGrant; readonly again: boolean }

/** Retries on conflicts. From the second try on, no concurrent change is a conflict. */
const put = (io: IO, name: string, message: string | undefined): Promise<Put> =>
  retryConflicts(async (tries) => {
    const grant = underName(await io.kubectl.get<AccessGrant>(grantPath(name)), name)
    if (holds(grant.status?.conditions, 'Revoked')) return { grant, again: true }
    const wanted = withRevocation(tries === 1 ? grant : withoutResourceVersion(grant), { reason: 'KubectlCertify', message })
    const written = await io.kubectl.replace<AccessGrant>(revocationPath(name), wanted)
    return { grant: underName(written, name), again: false }
  })

/** How the grant had ended before it was revoked; empty when it was live. */
function endedBefore(grant: AccessGrant, nowMs: number): string {
  const { conditions = [], ...status } = grant.status ?? {}
  const end = formatGrantEnd({ ...grant, status: { ...status, conditions: conditions.filter(({ type }) => type !== 'Revoked') } }, nowMs)
  return end === undefined ? '' : `; it had already ended: it ${end}`
}

/** Explains a missing grant: a grant has the name of its request, so the error describes the state of that request. @throws CommandError */
async function noGrant(io: IO, name: string, error: unknown): Promise<never> {
  if (!(error instanceof KubectlError) || !isGone(error)) throw error
  const request = await readRequest(io, name).catch((unreadable: unknown) => {
    throw unreadable instanceof KubectlError ? error : unreadable
  })
  const nowMs = io.clock.nowMs()
  const isPending = requestPhase(request.status, nowMs) === 'Pending'
  const next = isPending ? `to refuse it: kubectl certify deny ${oneLine(name)} --reason=TEXT` : undefined
  throw new CommandError(EXIT.ended, `there is no accessgrant "${oneLine(name)}" that you can see: ${outcomeOf(request, nowMs).line}`, next)
}

async function revoke(io: IO, name: string, { message, format }: Revocation): Promise<ExitCode> {
  const { grant, again } = await put(io, name, message).catch((error: unknown) => noGrant(io, name, error))
  const nowMs = io.clock.nowMs()
  // A repeated revocation does not change the stored reason.
  if (format !== undefined) printAs(io, format, grant)
  else io.print(`${shortName(grant)}${again ? ` revoked before${formatRevoked(grant)}` : ` revoked${endedBefore(grant, nowMs)}`}\n`)
  return EXIT.granted
}

/** `kubectl certify revoke GRANT...`, or the live grants of a requester or a policy. @throws CommandError, KubectlError */
export async function certifyRevoke(io: IO, flags: ParsedFlags): Promise<ExitCode> {
  const revocation = { message: lastOf(flags, 'reason'), format: formatOf(lastOf(flags, 'output')) }
  const names = await chooseGrants(io, flags)
  return await forEachName(io, names, (name) => revoke(io, name, revocation))
}
