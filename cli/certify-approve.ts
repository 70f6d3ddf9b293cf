import { isDeepStrictEqual } from 'node:util'
import type { AccessGrant } from '../domain/access-grant.ts'
import { requestPhase, type AccessRequest } from '../domain/access-request.ts'
import { sayApprovals } from '../domain/approvals.ts'
import { decide } from './decide.ts'
import { eachName } from './each-name.ts'
import { CommandError, EXIT, usage, type ExitCode } from './exit-code.ts'
import { createPolicies } from './inbox.ts'
import { checkReveals } from './missing-reveals.ts'
import { namesOf, REQUEST_KINDS } from './names.ts'
import { narrowedOf, type Narrowed } from './narrow.ts'
import { formatOf, printAs, shortName, type Format } from './output.ts'
import { lastOf, switchedOn, type ParsedFlags } from './parse-flags.ts'
import { readGrant } from './read-grant.ts'
import { withPlan } from './read-plan.ts'
import { readRequest } from './read-request.ts'
import { sayGrant, sayGrantEnd } from './say-grant.ts'
import { sayRequestFully } from './say-request-fully.ts'
import { sayLimits } from './say-request.ts'
import { sayRule } from './say-rule.ts'
import { standingOf, toRevoke } from './standing.ts'
import { oneLine } from './untrusted.ts'
import { whoAmI } from './who-am-i.ts'
import type { World } from './world.ts'

type Approval = { readonly flags: ParsedFlags; readonly format: Format | undefined; readonly me: string }

/** What an approval leaves out, before it is given. */
function sayCut({ spec, status }: AccessRequest, narrowed: Narrowed | undefined): readonly string[] {
  if (narrowed === undefined) return []
  return [
    `Cut down to ${sayLimits({ ...spec, ...status?.narrowed, ...narrowed })}:`,
    ...(narrowed.rules ?? status?.narrowed?.rules ?? spec.rules ?? []).map((rule) => `    ${oneLine(sayRule(rule))}`),
    '',
  ]
}

/** Shows it and asks, where there is somebody to ask. @returns false when they say anything but yes */
async function consents(world: World, request: AccessRequest, narrowed: Narrowed | undefined): Promise<boolean> {
  if (world.ask === undefined) return true
  const policy = await createPolicies(world)(request.spec.policy)
  world.note([sayRequestFully(await withPlan(world, request), policy, world.clock.nowMs()), ...sayCut(request, narrowed)].join('\n'))
  const answer = await world.ask(`Approve ${oneLine(request.metadata.name)}? [y/N] `)
  return /^y(es)?$/i.test(answer.trim())
}

type Told = { readonly grant: AccessGrant | undefined; readonly format: Format | undefined; readonly again: boolean }

/**
 * Says what the approval has come to. One that was given before ends with what its grant is worth by now; of a new one it is no failure that an
 * operation which waited for it has used it up already.
 */
function tell(world: World, request: AccessRequest, { grant, format, again }: Told): ExitCode {
  const nowMs = world.clock.nowMs()
  const end = again ? sayGrantEnd(grant, nowMs) : undefined
  if (format !== undefined) printAs(world, format, request)
  // For a program the object is the answer, and its exit code needs words.
  const say = (line: string): void => (format === undefined ? world.print(`${line}\n`) : end === undefined ? undefined : world.note(line))
  for (const line of approvedLines(request, { grant, again, nowMs })) say(line)
  if (end === undefined) return EXIT.granted
  world.note('  it gives nothing any more; to get it again, its requester asks by a new request')
  return EXIT.ended
}

function approvedLines(
  request: AccessRequest,
  { grant, again, nowMs }: { readonly grant: AccessGrant | undefined; readonly again: boolean; readonly nowMs: number },
): readonly string[] {
  const before = again ? ' before' : ''
  if (requestPhase(request.status, nowMs) === 'Pending') return [`${shortName(request)} approved by you${before}: ${oneLine(sayApprovals(request))}`]
  const approved = `${shortName(request)} approved${again ? ' by you before' : ''}`
  const name = request.status?.grantName
  if (grant !== undefined) return [approved, sayGrant(grant, nowMs)]
  return name === undefined ? [approved] : [approved, `accessgrant.jit.access/${oneLine(name)}`]
}

/** Whether the flags ask for no more to be cut than was cut by now. */
function asksForTheSame({ spec, status }: AccessRequest, flags: ParsedFlags): boolean {
  const before = { ...spec, ...status?.narrowed }
  const { rules, durationSeconds, maxUses } = { ...before, ...narrowedOf(flags, before) }
  return [rules, durationSeconds, maxUses].every((value, index) =>
    isDeepStrictEqual(value, [before.rules, before.durationSeconds, before.maxUses][index]),
  )
}

/** An approval stands as it was given: what is granted is frozen, so that nobody changes what others have agreed to. */
function standsAsItIs(request: AccessRequest, grant: AccessGrant | undefined, nowMs: number): CommandError {
  const revoke = toRevoke(request, grant, nowMs)
  const isPending = requestPhase(request.status, nowMs) === 'Pending'
  const said = `accessrequest "${oneLine(request.metadata.name)}" was approved by you before and stays as it is: nothing was cut down`
  const next = isPending
    ? 'it has no grant yet: whoever approves after you may still give less'
    : revoke === undefined
      ? `its grant ${sayGrantEnd(grant, nowMs) ?? 'is not known'}, so it gives nothing any more`
      : `to give less: ${revoke}; then its requester asks again, and you approve that with these flags`
  return new CommandError(EXIT.stands, said, next)
}

function approveAgain(world: World, seen: AccessRequest, { grant, flags, format }: Approval & { readonly grant: AccessGrant | undefined }): ExitCode {
  if (asksForTheSame(seen, flags)) return tell(world, seen, { grant, format, again: true })
  if (format !== undefined) printAs(world, format, seen)
  throw standsAsItIs(seen, grant, world.clock.nowMs())
}

async function approve(world: World, name: string, approval: Approval): Promise<ExitCode> {
  const { flags, format, me } = approval
  const seen = await readRequest(world, name)
  const grant = await readGrant(world, seen)
  const standing = standingOf(seen, grant, { wanted: 'Approved', me, nowMs: world.clock.nowMs() })
  if (standing === 'done') return approveAgain(world, seen, { ...approval, grant })
  if (standing !== 'open') {
    if (format !== undefined) printAs(world, format, seen)
    throw standing
  }
  await checkReveals(world, seen)
  // What an earlier approver cut stays cut: this one may only give less still.
  const narrowed = narrowedOf(flags, { ...seen.spec, ...seen.status?.narrowed })
  if (!switchedOn(flags, 'yes') && !(await consents(world, seen, narrowed))) {
    if (format !== undefined) printAs(world, format, seen)
    world.note(`${shortName(seen)} not approved`)
    return EXIT.unexpected
  }
  const message = lastOf(flags, 'reason')
  const decided = await decide(world, seen, { type: 'Approved', message, narrowed, unseen: switchedOn(flags, 'unseen') })
  return tell(world, decided, { grant: await readGrant(world, decided), format, again: false })
}

/** `kubectl certify approve NAME...`. @throws CommandError, KubectlError */
export async function certifyApprove(world: World, flags: ParsedFlags): Promise<ExitCode> {
  const names = namesOf(flags.words, REQUEST_KINDS, 'find one with: kubectl certify')
  const cuts = flags.given.some(({ name }) => ['verb', 'resource', 'namespace', 'name'].includes(name))
  if (names.length > 1 && cuts)
    throw usage('one NAME at a time with --verb, --resource, --namespace or --name', 'what is kept of one request is not what is kept of another')
  const format = formatOf(lastOf(flags, 'output'))
  const me = await whoAmI(world.kubectl)
  return await eachName(world, names, (name) => approve(world, name, { flags, format, me }))
}
