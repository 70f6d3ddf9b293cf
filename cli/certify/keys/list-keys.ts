import { keyPhase, type ApproverKey } from '../../../domain/api/passkeys/approver-key.ts'
import { formatAge } from '../../../domain/format/request.ts'
import { pagesOf } from '../../kubectl/list-pages.ts'
import { keysPath } from '../../kubectl/paths.ts'
import { EXIT, type ExitCode } from '../../terminal/exit-code.ts'
import { printListing } from '../../terminal/listing.ts'
import { listingFormatOf } from '../../terminal/output-formats.ts'
import { lastOf, type ParsedFlags } from '../../terminal/parse-flags.ts'
import type { IO } from '../../terminal/io.ts'

/** Those that wait for confirmation first. */
const ORDER = ['Unconfirmed', 'Unregistered', 'Confirmed', 'Revoked'] as const

const byPhase = (one: ApproverKey, other: ApproverKey): number =>
  ORDER.indexOf(keyPhase(one)) - ORDER.indexOf(keyPhase(other)) || one.metadata.name.localeCompare(other.metadata.name)

const HEADINGS = ['NAME', 'USER', 'PHASE', 'FINGERPRINT'] as const
const WIDE = ['LABEL (UNPROVEN)', 'REGISTERED', 'LAST USED', 'CONFIRMED BY'] as const

const ago = (time: string | undefined, nowMs: number): string => (time === undefined ? '-' : `${formatAge(time, nowMs)} ago`)

const row = (key: ApproverKey): readonly string[] => [
  key.metadata.name,
  key.spec.user?.username ?? '?',
  keyPhase(key),
  key.status?.fingerprint ?? '-',
]

/** The keys that the caller sees. @throws CommandError, KubectlError */
export async function listKeys(io: IO, flags: ParsedFlags): Promise<ExitCode> {
  const format = listingFormatOf(lastOf(flags, 'output'))
  const items: ApproverKey[] = []
  for await (const page of pagesOf<ApproverKey>(io.kubectl, keysPath)) items.push(...page.items)
  const nowMs = io.clock.nowMs()
  printListing(io, format, {
    kind: 'ApproverKey',
    items: items.toSorted(byPhase),
    none: 'There is no key that you can see. Approvers register theirs in the console, on the page Keys.',
    headings: HEADINGS,
    wideHeadings: WIDE,
    row,
    wideCells: ({ spec, status }) => [
      spec.label ?? '-',
      ago(status?.registeredAt, nowMs),
      ago(status?.lastUsed, nowMs),
      status?.confirmedBy?.username ?? '-',
    ],
  })
  return EXIT.granted
}
