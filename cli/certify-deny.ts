import type { AccessRequest } from '../domain/access-request.ts'
import { decide } from './decide.ts'
import { eachName } from './each-name.ts'
import { CommandError, EXIT, usage, type ExitCode } from './exit-code.ts'
import { namesOf, REQUEST_KINDS } from './names.ts'
import { formatOf, printAs, shortName, type Format } from './output.ts'
import { lastOf, type ParsedFlags } from './parse-flags.ts'
import { readGrant } from './read-grant.ts'
import { readRequest } from './read-request.ts'
import { standingOf } from './standing.ts'
import { oneLine } from './untrusted.ts'
import { whoAmI } from './who-am-i.ts'
import type { World } from './world.ts'

type Denial = { readonly message: string; readonly format: Format | undefined; readonly me: string }

/** Of a denial that was there before: whose it is, since the reason that was given now is not added to it. */
function before({ status }: AccessRequest): string {
  const review = status?.reviews?.findLast(({ decision }) => decision === 'Denied')
  if (review === undefined) return ' before'
  return oneLine(` before by ${review.reviewer.username}${review.message === undefined ? '' : `: ${review.message}`}`)
}

async function deny(world: World, name: string, { message, format, me }: Denial): Promise<ExitCode> {
  const seen = await readRequest(world, name)
  const standing = standingOf(seen, await readGrant(world, seen), { wanted: 'Denied', me, nowMs: world.clock.nowMs() })
  const isOpen = standing === 'open'
  const request = isOpen ? await decide(world, seen, { type: 'Denied', message, narrowed: undefined }) : seen
  if (format !== undefined) printAs(world, format, request)
  if (standing instanceof CommandError) throw standing
  if (format === undefined) world.print(`${shortName(request)} denied${isOpen ? '' : before(request)}\n`)
  return EXIT.granted
}

/** `kubectl certify deny NAME... --reason=TEXT`. @throws CommandError, KubectlError */
export async function certifyDeny(world: World, flags: ParsedFlags): Promise<ExitCode> {
  const names = namesOf(flags.words, REQUEST_KINDS, 'find one with: kubectl certify')
  const message = lastOf(flags, 'reason') ?? ''
  if (message.trim() === '') throw usage('--reason is needed', "the agent reads it: --reason='it still serves customers'")
  const format = formatOf(lastOf(flags, 'output'))
  const me = await whoAmI(world.kubectl)
  return await eachName(world, names, (name) => deny(world, name, { message, format, me }))
}
