import { GRANT_KINDS, namesOf } from '../../create-accessrequest/object-names.ts'
import { columns } from '../../terminal/columns.ts'
import { usage } from '../../terminal/exit-code.ts'
import { lastOf, type ParsedFlags } from '../../terminal/parse-flags.ts'
import type { IO } from '../../terminal/io.ts'
import { confirmSelection } from '../decisions/confirm-selection.ts'
import { GRANT_HEADINGS, grantRow } from './grant-rows.ts'
import { readGrants } from './live-grants.ts'

/**
 * The grants that a command names, or the live ones of a requester or a policy. A selection is always listed, and confirmed unless --yes is given.
 * Empty when nothing matches or the answer is no.
 * @throws CommandError, KubectlError
 */
export async function chooseGrants(io: IO, flags: ParsedFlags): Promise<readonly string[]> {
  const [requester, policy] = [lastOf(flags, 'requester'), lastOf(flags, 'policy')]
  if (requester === undefined && policy === undefined) return namesOf(flags.words, GRANT_KINDS, 'find one with: kubectl certify grants')
  if (flags.words.length > 0) throw usage('--requester and --policy take no names', 'give names, or select grants')
  const { items, left } = await readGrants(io, { requester, policy, all: false })
  if (items.length === 0) io.note('No live grant that you can see matches.')
  if (items.length === 0) return []
  const rows = items.map((grant) => grantRow(grant, io.clock.nowMs()))
  const more = left === 0 ? '' : `and ${left} more, which a second call selects\n`
  const question = `Revoke ${items.length === 1 ? 'this grant' : `these ${items.length} grants`}?`
  if (await confirmSelection(io, flags, { table: columns(GRANT_HEADINGS, rows, io.width) + more, question }))
    return items.map(({ metadata }) => metadata.name)
  io.note('nothing was revoked')
  return []
}
