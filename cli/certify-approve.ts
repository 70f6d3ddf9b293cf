import { isDeepStrictEqual } from 'node:util'
import type { AccessGrant } from '../domain/access-grant.ts'
import { requestPhase, type AccessRequest } from '../domain/access-request.ts'
import { decide } from './decide.ts'
import { eachName } from './each-name.ts'
import { CommandError, EXIT, usage, type ExitCode } from './exit-code.ts'
import { createPolicies } from './inbox.ts'
import { KubectlError } from './kubectl-error.ts'
import { checkReveals } from './missing-reveals.ts'
import { namesOf, REQUEST_KINDS } from './names.ts'
import { narrowedOf, type Narrowed } from './narrow.ts'
import { formatOf, printAs, shortName, type Format } from './output.ts'
import { lastOf, switchedOn, type ParsedFlags } from './parse-flags.ts'
import { grantPath } from './paths.ts'
import { withPlan } from './read-plan.ts'
import { readRequest, underName } from './read-request.ts'
import { sayRequestFully } from './say-request-fully.ts'
import { sayLeft, sayLimits } from './say-request.ts'
import { sayRule } from './say-rule.ts'
import { standingOf } from './standing.ts'
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

/** The grant that an approval made. Undefined when there is none yet, or the caller may not read it: the approval stands all the same. */
async function grantOf(world: World, request: AccessRequest): Promise<AccessGrant | undefined> {
  const name = request.status?.grantName
  if (name === undefined) return undefined
  try {
    return underName(await world.kubectl.get<AccessGrant>(grantPath(name)), name)
  } catch (error) {
    if (error instanceof KubectlError) return undefined
    throw error
  }
}

async function tell(
  world: World,
  request: AccessRequest,
  { format, again }: { readonly format: Format | undefined; readonly again: boolean },
): Promise<void> {
  if (format !== undefined) return printAs(world, format, request)
  const nowMs = world.clock.nowMs()
  if (requestPhase(request.status, nowMs) === 'Pending') {
    world.print(`${shortName(request)} ${again ? 'approved by you before' : 'approved by you'}; it waits for another approver\n`)
    return
  }
  world.print(`${shortName(request)} ${again ? 'approved by you before' : 'approved'}\n`)
  const grant = await grantOf(world, request)
  const name = request.status?.grantName
  if (grant === undefined) return name === undefined ? undefined : world.print(`accessgrant.jit.access/${name}\n`)
  const { expiresAt, maxUses } = grant.spec
  const uses = maxUses === undefined ? 'any number of uses' : `${maxUses} ${maxUses === 1 ? 'use' : 'uses'}`
  world.print(`${shortName(grant)} ends at ${expiresAt} (in ${sayLeft(expiresAt, nowMs)}), ${uses}\n`)
}

/** An approval stands as it was given. @throws CommandError when the flags would give less than it did */
function checkSame({ metadata: { name }, spec, status }: AccessRequest, flags: ParsedFlags): void {
  const before = { ...spec, ...status?.narrowed }
  const { rules, durationSeconds, maxUses } = { ...before, ...narrowedOf(flags, before) }
  const same = [rules, durationSeconds, maxUses].every((value, index) =>
    isDeepStrictEqual(value, [before.rules, before.durationSeconds, before.maxUses][index]),
  )
  if (same) return
  const grant = status?.grantName
  const next = grant === undefined ? 'whoever approves after you may still give less' : `to take it back: kubectl certify revoke ${grant}`
  throw new CommandError(
    EXIT.ended,
    `accessrequest "${oneLine(name)}" was approved by you before and stays as it is: nothing was cut down`,
    oneLine(next),
  )
}

async function approve(world: World, name: string, { flags, format, me }: Approval): Promise<ExitCode> {
  const seen = await readRequest(world, name)
  if (standingOf(seen, me, { wanted: 'Approved', nowMs: world.clock.nowMs() }) === 'done') {
    checkSame(seen, flags)
    await tell(world, seen, { format, again: true })
    return EXIT.granted
  }
  await checkReveals(world, seen)
  // What an earlier approver cut stays cut: this one may only give less still.
  const narrowed = narrowedOf(flags, { ...seen.spec, ...seen.status?.narrowed })
  if (!switchedOn(flags, 'yes') && !(await consents(world, seen, narrowed))) {
    world.note(`${shortName(seen)} not approved`)
    return EXIT.unexpected
  }
  const message = lastOf(flags, 'reason')
  await tell(world, await decide(world, seen, { type: 'Approved', message, narrowed, unseen: switchedOn(flags, 'unseen') }), { format, again: false })
  return EXIT.granted
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
