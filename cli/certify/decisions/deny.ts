import type { AccessRequest } from '../../../domain/api/access-request.ts'
import { decide } from './decide-request.ts'
import { forEachName } from './for-each-name.ts'
import { CommandError, EXIT, usage, type ExitCode } from '../../terminal/exit-code.ts'
import { checkSeen, uidIn } from './seen-request.ts'
import { checkListed, chooseRequests, type SelectedRequests } from './select-requests.ts'
import { formatOf, shortName, type ObjectFormat } from '../../terminal/output-formats.ts'
import { printAs } from '../../terminal/print-as.ts'
import { lastOf, switchedOn, type ParsedFlags } from '../../terminal/parse-flags.ts'
import { readGrant } from '../../kubectl/read-grant.ts'
import { readRequest } from '../../kubectl/read-access-request.ts'
import { decidabilityOf } from './decidability.ts'
import { oneLine } from '../../terminal/untrusted.ts'
import { whoAmI } from '../../kubectl/self-subject.ts'
import type { IO } from '../../terminal/io.ts'

type Denial = Pick<SelectedRequests, 'listed'> & {
  readonly uid: string | undefined
  readonly message: string
  readonly format: ObjectFormat | undefined
  readonly me: string
}

/** Describes an earlier denial, which keeps its reviewer and reason. */
function before({ status }: AccessRequest): string {
  const review = status?.reviews?.findLast(({ decision }) => decision === 'Denied')
  if (review === undefined) return ' before'
  return oneLine(` before by ${review.reviewer.username}${review.message === undefined ? '' : `: ${review.message}`}`)
}

async function deny(io: IO, name: string, denial: Denial): Promise<ExitCode> {
  const { listed, uid, message, format, me } = denial
  const seen = await readRequest(io, name)
  checkListed(denial, seen)
  checkSeen(seen, { uid, shown: listed !== undefined })
  const decidability = decidabilityOf(seen, await readGrant(io, seen), { wanted: 'Denied', me, nowMs: io.clock.nowMs() })
  const isOpen = decidability === 'open'
  const request = isOpen ? await decide(io, seen, { type: 'Denied', message, narrowed: undefined }) : seen
  if (format !== undefined) printAs(io, format, request)
  if (decidability instanceof CommandError) throw decidability
  if (format === undefined) io.print(`${shortName(request)} denied${isOpen ? '' : before(request)}\n`)
  return EXIT.granted
}

/** `kubectl certify deny NAME... --reason=TEXT`, or with --all instead of names. @throws CommandError, KubectlError */
export async function certifyDeny(io: IO, flags: ParsedFlags): Promise<ExitCode> {
  const message = lastOf(flags, 'reason') ?? ''
  const hasNames = flags.words.length > 0 || switchedOn(flags, 'all')
  if (hasNames && message.trim() === '') throw usage('--reason is required', "the agent receives it: --reason='it still serves customers'")
  const format = formatOf(lastOf(flags, 'output'))
  const { names, listed } = await chooseRequests(io, flags, 'Deny')
  if (names.length === 0) return EXIT.granted
  const denial = { uid: uidIn(flags, names), message, format, ...(listed === undefined ? {} : { listed }) }
  const me = await whoAmI(io.kubectl)
  return await forEachName(io, names, (name) => deny(io, name, { ...denial, me }))
}
