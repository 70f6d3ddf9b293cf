import { EXIT, usage, type ExitCode } from '../../terminal/exit-code.ts'
import { listingFormatOf } from '../../terminal/output-formats.ts'
import { printListing } from '../../terminal/listing.ts'
import { lastOf, switchedOn, type ParsedFlags } from '../../terminal/parse-flags.ts'
import type { IO } from '../../terminal/io.ts'
import { GRANT_HEADINGS, grantRow, WIDE_GRANT_HEADINGS, wideGrantCells } from './grant-rows.ts'
import { readGrants } from './live-grants.ts'

/** `kubectl certify grants`. @throws CommandError, KubectlError */
export async function certifyGrants(io: IO, flags: ParsedFlags): Promise<ExitCode> {
  if (flags.words.length > 0) throw usage('grants takes no names', 'to see one: kubectl get accessgrant NAME -o yaml')
  const format = listingFormatOf(lastOf(flags, 'output'))
  const all = switchedOn(flags, 'all')
  const { items, left } = await readGrants(io, { requester: lastOf(flags, 'requester'), policy: lastOf(flags, 'policy'), all })
  const nowMs = io.clock.nowMs()
  printListing(io, format, {
    kind: 'AccessGrant',
    items,
    none: all ? 'There is no grant that you can see.' : 'There is no live grant that you can see.',
    headings: GRANT_HEADINGS,
    wideHeadings: WIDE_GRANT_HEADINGS,
    row: (grant) => grantRow(grant, nowMs),
    wideCells: (grant) => wideGrantCells(grant, nowMs),
  })
  if (left > 0) io.note(`${left} more are not shown; narrow it down with --requester or --policy`)
  return EXIT.granted
}
