import { isDeepStrictEqual } from 'node:util'
import type { AccessGrant } from '../../../domain/api/access-grant.ts'
import { requestPhase, type AccessRequest, type Narrowed } from '../../../domain/api/access-request.ts'
import { formatApprovals } from '../../../domain/api/approvals/approvals.ts'
import { decide } from './decide-request.ts'
import { forEachName } from './for-each-name.ts'
import { CommandError, EXIT, usage, type ExitCode } from '../../terminal/exit-code.ts'
import { createPolicies } from '../inbox/inbox.ts'
import { checkReveals } from '../../create-accessrequest/missing-reveals.ts'
import { contextLines } from '../context/context-lines.ts'
import { checkListed, chooseRequests, type SelectedRequests } from './select-requests.ts'
import { checkSeen, uidIn } from './seen-request.ts'
import { narrowedOf } from './narrow-request.ts'
import { formatOf, shortName, type ObjectFormat } from '../../terminal/output-formats.ts'
import { printAs } from '../../terminal/print-as.ts'
import { lastOf, switchedOn, type ParsedFlags } from '../../terminal/parse-flags.ts'
import { readGrant } from '../../kubectl/read-grant.ts'
import { withPlan } from './read-plan.ts'
import { readRequest } from '../../kubectl/read-access-request.ts'
import { formatGrant, formatGrantEnd } from '../../format/grant.ts'
import { formatRequestFully } from '../../format/request-details.ts'
import { formatLimits } from '../../../domain/format/request.ts'
import { formatRule } from '../../../domain/format/rule.ts'
import { decidabilityOf, toRevoke } from './decidability.ts'
import { oneLine } from '../../terminal/untrusted.ts'
import { whoAmI } from '../../kubectl/self-subject.ts'
import { confirms, type IO } from '../../terminal/io.ts'

type Approval = Pick<SelectedRequests, 'listed'> & {
  readonly uid: string | undefined
  readonly flags: ParsedFlags
  readonly format: ObjectFormat | undefined
  readonly me: string
}

/** Shows what a narrowed approval would give. */
function formatCut({ spec, status }: AccessRequest, narrowed: Narrowed | undefined): readonly string[] {
  if (narrowed === undefined) return []
  return [
    `Cut down to ${formatLimits({ ...spec, ...status?.narrowed, ...narrowed })}:`,
    ...(narrowed.rules ?? status?.narrowed?.rules ?? spec.rules ?? []).map((rule) => `    ${oneLine(formatRule(rule))}`),
    '',
  ]
}

/** Shows the request and asks for confirmation if there is a terminal. @returns false for any answer but yes */
async function consents(io: IO, request: AccessRequest, narrowed: Narrowed | undefined): Promise<boolean> {
  if (io.ask === undefined) return true
  const policy = await createPolicies(io)(request.spec.policy)
  const context = await contextLines(io, request, policy)
  io.note([formatRequestFully(await withPlan(io, request), policy, io.clock.nowMs()), ...context, ...formatCut(request, narrowed)].join('\n'))
  return await confirms(io, `Approve ${oneLine(request.metadata.name)}?`)
}

type Result = { readonly grant: AccessGrant | undefined; readonly format: ObjectFormat | undefined; readonly again: boolean }

/**
 * Prints the result. For an earlier approval, the exit code depends on whether its grant is still live. A new approval succeeds even if the
 * operation that waited for it has already used up the grant.
 */
function printApproval(io: IO, request: AccessRequest, { grant, format, again }: Result): ExitCode {
  const nowMs = io.clock.nowMs()
  const end = again ? formatGrantEnd(grant, nowMs) : undefined
  if (format !== undefined) printAs(io, format, request)
  // With --output, standard output has only the object; a non-zero exit code is explained on standard error.
  const say = (line: string): void => (format === undefined ? io.print(`${line}\n`) : end === undefined ? undefined : io.note(line))
  for (const line of approvedLines(request, { grant, again, nowMs })) say(line)
  if (end === undefined) return EXIT.granted
  io.note('  it does not give access any more; the requester must ask again by a new request')
  return EXIT.ended
}

function approvedLines(
  request: AccessRequest,
  { grant, again, nowMs }: { readonly grant: AccessGrant | undefined; readonly again: boolean; readonly nowMs: number },
): readonly string[] {
  const before = again ? ' before' : ''
  if (requestPhase(request.status, nowMs) === 'Pending')
    return [`${shortName(request)} approved by you${before}: ${oneLine(formatApprovals(request))}`]
  const approved = `${shortName(request)} approved${again ? ' by you before' : ''}`
  const name = request.status?.grantName
  if (grant !== undefined) return [approved, formatGrant(grant, nowMs)]
  return name === undefined ? [approved] : [approved, `accessgrant.jit.access/${oneLine(name)}`]
}

/** Whether the flags would narrow the approval no further than it is. */
function asksForTheSame({ spec, status }: AccessRequest, flags: ParsedFlags): boolean {
  const before = { ...spec, ...status?.narrowed }
  const { rules, durationSeconds, maxUses } = { ...before, ...narrowedOf(flags, before) }
  return [rules, durationSeconds, maxUses].every((value, index) =>
    isDeepStrictEqual(value, [before.rules, before.durationSeconds, before.maxUses][index]),
  )
}

/** The error for narrowing an earlier approval: approvals are immutable, because other approvers may have agreed to them. */
function cannotNarrow(request: AccessRequest, grant: AccessGrant | undefined, nowMs: number): CommandError {
  const revoke = toRevoke(request, grant, nowMs)
  const isPending = requestPhase(request.status, nowMs) === 'Pending'
  const said = `accessrequest "${oneLine(request.metadata.name)}" was already approved by you and stays as it is: nothing was cut down`
  const next = isPending
    ? 'it has no grant yet: a later approver can still give less'
    : revoke === undefined
      ? `its grant ${formatGrantEnd(grant, nowMs) ?? 'is not known'}, so it gives no access any more`
      : `to give less: ${revoke}; then its requester asks again, and you approve that with these flags`
  return new CommandError(EXIT.alreadyApproved, said, next)
}

function approveAgain(io: IO, seen: AccessRequest, { grant, flags, format }: Approval & { readonly grant: AccessGrant | undefined }): ExitCode {
  if (asksForTheSame(seen, flags)) return printApproval(io, seen, { grant, format, again: true })
  if (format !== undefined) printAs(io, format, seen)
  throw cannotNarrow(seen, grant, io.clock.nowMs())
}

async function approve(io: IO, name: string, approval: Approval): Promise<ExitCode> {
  const { flags, format, me } = approval
  const seen = await readRequest(io, name)
  checkListed(approval, seen)
  const shown = approval.listed !== undefined || (!switchedOn(flags, 'yes') && io.ask !== undefined)
  checkSeen(seen, { uid: approval.uid, shown })
  const grant = await readGrant(io, seen)
  const decidability = decidabilityOf(seen, grant, { wanted: 'Approved', me, nowMs: io.clock.nowMs() })
  if (decidability === 'done') return approveAgain(io, seen, { ...approval, grant })
  if (decidability !== 'open') {
    if (format !== undefined) printAs(io, format, seen)
    throw decidability
  }
  await checkReveals(io, seen)
  // Narrowing by earlier approvers stays: this approver can only narrow further.
  const narrowed = narrowedOf(flags, { ...seen.spec, ...seen.status?.narrowed })
  if (!switchedOn(flags, 'yes') && !(await consents(io, seen, narrowed))) {
    if (format !== undefined) printAs(io, format, seen)
    io.note(`${shortName(seen)} not approved`)
    return EXIT.unexpected
  }
  const message = lastOf(flags, 'reason')
  const decided = await decide(io, seen, { type: 'Approved', message, narrowed, unseen: switchedOn(flags, 'unseen') })
  return printApproval(io, decided, { grant: await readGrant(io, decided), format, again: false })
}

const CUTS = ['verb', 'resource', 'name'] as const

/** Flags that narrow apply to one request: with several, nobody would see what is left of each. With --all, a namespace selects and narrows nothing. */
function checkCuts(flags: ParsedFlags, { names, selected }: SelectedRequests): void {
  const cuts: readonly string[] = selected ? CUTS : [...CUTS, 'namespace']
  if (!flags.given.some(({ name }) => cuts.includes(name))) return
  if (selected) throw usage('--verb, --resource and --name narrow one request, and --all selects several', 'approve each separately')
  if (names.length > 1)
    throw usage('only one NAME is allowed with --verb, --resource, --namespace or --name', 'these flags narrow one request; approve each separately')
}

const without = ({ given, words }: ParsedFlags, name: string): ParsedFlags => ({ given: given.filter((flag) => flag.name !== name), words })

/** `kubectl certify approve NAME...` and `kubectl certify approve --all`. @throws CommandError, KubectlError */
export async function certifyApprove(io: IO, flags: ParsedFlags): Promise<ExitCode> {
  const format = formatOf(lastOf(flags, 'output'))
  if (switchedOn(flags, 'all')) checkCuts(flags, { names: [], selected: true })
  const chosen = await chooseRequests(io, flags, 'Approve')
  checkCuts(flags, chosen)
  if (chosen.names.length === 0) return EXIT.granted
  const uid = uidIn(flags, chosen.names)
  const me = await whoAmI(io.kubectl)
  // A selection was confirmed as a whole, and its namespace narrows nothing.
  const each = chosen.selected
    ? { ...without(flags, 'namespace'), given: [...without(flags, 'namespace').given, { name: 'yes', value: 'true' }] }
    : flags
  const listed = chosen.listed === undefined ? {} : { listed: chosen.listed }
  return await forEachName(io, chosen.names, (name) => approve(io, name, { flags: each, uid, format, me, ...listed }))
}
