import type { Risk } from '../../../domain/api/access-policy.ts'
import type { AccessRequest } from '../../../domain/api/access-request.ts'
import { riskIn, RISKS } from '../../../domain/api/approvals/risk.ts'
import { namesOf, REQUEST_KINDS } from '../../create-accessrequest/object-names.ts'
import { formatAge, formatAsk, formatLimits } from '../../../domain/format/request.ts'
import { columns } from '../../terminal/columns.ts'
import { CommandError, EXIT, usage } from '../../terminal/exit-code.ts'
import { lastOf, switchedOn, type ParsedFlags } from '../../terminal/parse-flags.ts'
import { oneLine } from '../../terminal/untrusted.ts'
import type { IO } from '../../terminal/io.ts'
import { sameName } from '../../../domain/approval/place.ts'
import { readInbox } from '../inbox/inbox.ts'
import { confirmSelection } from './confirm-selection.ts'
import { SELECTORS } from './selection-flags.ts'

function highestRisk(flags: ParsedFlags): Risk | undefined {
  const value = lastOf(flags, 'max-risk')
  const found = RISKS.find((level) => level === value)
  if (value !== undefined && found === undefined) throw usage(`--max-risk=${value}: must be one of ${RISKS.join(', ')}`)
  return found
}

type Found = { readonly request: AccessRequest; readonly risk: Risk }

async function find(io: IO, flags: ParsedFlags): Promise<readonly Found[]> {
  const [requester, policy, most] = [lastOf(flags, 'requester'), lastOf(flags, 'policy'), highestRisk(flags)]
  const { mine } = await readInbox(io, lastOf(flags, 'namespace'))
  const found: Found[] = []
  for (const request of mine) {
    const { spec } = request
    if (requester !== undefined && !sameName(spec.requester?.username, requester)) continue
    if (policy !== undefined && spec.policy !== policy) continue
    const risk = riskIn(request.status)
    if (most === undefined || RISKS.indexOf(risk) <= RISKS.indexOf(most)) found.push({ request, risk })
  }
  return found
}

const tableOf = (io: IO, found: readonly Found[]): string =>
  columns(
    ['NAME', 'REQUESTER', 'RISK', 'LIMITS', 'AGE', 'REQUESTED'],
    found.map(({ request, risk }) => [
      request.metadata.name,
      request.spec.requester?.username ?? '?',
      risk,
      formatLimits(request.spec),
      formatAge(request.metadata.creationTimestamp, io.clock.nowMs()),
      formatAsk(request),
    ]),
    io.width,
  )

/**
 * The names to decide. `selected`: they were listed and confirmed together. `listed`: what was listed under these names. Absent when the caller gave
 * the names.
 */
export type SelectedRequests = { readonly names: readonly string[]; readonly selected: boolean; readonly listed?: ReadonlyMap<string, AccessRequest> }

/**
 * Checks that a request is the one that was listed. A requester can delete a request and give its name to another one, which nobody has seen.
 * @throws CommandError
 */
export function checkListed({ listed }: Pick<SelectedRequests, 'listed'>, { metadata: { name, uid } }: AccessRequest): void {
  if (listed === undefined || listed.get(name)?.metadata.uid === uid) return
  throw new CommandError(
    EXIT.ended,
    `accessrequest "${oneLine(name)}" is not the one that was listed: it was deleted, and another one has its name`,
    `look at it: kubectl certify show ${oneLine(name)}`,
  )
}

function checkSelection(flags: ParsedFlags): void {
  if (flags.words.length > 0) throw usage('--all takes no names', 'give names, or --all with a selector')
  const selects = flags.given.some(({ name }) => name === 'namespace' || SELECTORS.some((selector) => selector === name))
  if (!selects) throw usage('--all needs a selector', 'add --requester, --policy, --max-risk or --namespace')
}

/**
 * The requests that a command names, or, with --all, those that wait for the caller and match the selectors. A selection is always listed, and
 * confirmed unless --yes is given. Empty when nothing matches or the answer is no.
 * @throws CommandError, KubectlError
 */
export async function chooseRequests(io: IO, flags: ParsedFlags, verb: 'Approve' | 'Deny'): Promise<SelectedRequests> {
  if (!switchedOn(flags, 'all')) {
    const stray = flags.given.find(({ name }) => SELECTORS.some((selector) => selector === name))
    if (stray !== undefined)
      throw usage(`--${stray.name} selects requests and needs --all`, `kubectl certify ${verb.toLowerCase()} --all --${stray.name}=${stray.value}`)
    return { names: namesOf(flags.words, REQUEST_KINDS, 'find one with: kubectl certify'), selected: false }
  }
  checkSelection(flags)
  const found = await find(io, flags)
  if (found.length === 0) io.note('Nothing that waits for you matches.')
  if (found.length === 0) return { names: [], selected: true }
  const question = `${verb} ${found.length === 1 ? 'this request' : `these ${found.length} requests`}?`
  if (await confirmSelection(io, flags, { table: tableOf(io, found), question }))
    return {
      names: found.map(({ request }) => request.metadata.name),
      selected: true,
      listed: new Map(found.map(({ request }) => [request.metadata.name, request])),
    }
  io.note('nothing was decided')
  return { names: [], selected: true }
}
