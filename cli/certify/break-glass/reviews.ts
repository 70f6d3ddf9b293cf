import { stringify } from 'yaml'
import { isOpenReview, reviewPhase, type BreakGlassReview } from '../../../domain/api/break-glass/review.ts'
import { API_VERSION } from '../../../domain/api/names.ts'
import { formatLeft } from '../../../domain/format/request.ts'
import { columns } from '../../terminal/columns.ts'
import { EXIT, usage, type ExitCode } from '../../terminal/exit-code.ts'
import { formatOf, shortName } from '../../terminal/output-formats.ts'
import { lastOf, switchedOn, type ParsedFlags } from '../../terminal/parse-flags.ts'
import { oneLine } from '../../terminal/untrusted.ts'
import type { IO } from '../../terminal/io.ts'
import { listReviews } from './open-reviews.ts'

const HEADINGS = ['NAME', 'SUBJECT', 'PHASE', 'DUE', 'GAVE', 'REASON (UNPROVEN)'] as const

function row(review: BreakGlassReview, nowMs: number): readonly string[] {
  const { metadata, spec } = review
  const due = isOpenReview(review) ? formatLeft(spec.dueAt, nowMs) : '-'
  return [metadata.name, spec.subject.username, reviewPhase(review, nowMs), due, spec.summary, spec.reason]
}

/** `kubectl certify reviews`: uses of break-glass that are not reviewed; with --all, decided ones too. @throws CommandError, KubectlError */
export async function certifyReviews(io: IO, flags: ParsedFlags): Promise<ExitCode> {
  if (flags.words.length > 0) throw usage(`reviews takes no names: ${oneLine(flags.words.join(' '))}`, 'to decide one: kubectl certify review NAME')
  const format = formatOf(lastOf(flags, 'output'))
  const reviews = (await listReviews(io)).filter((review) => switchedOn(flags, 'all') || isOpenReview(review))
  if (format === 'name') io.print(reviews.map((review) => `${shortName(review)}\n`).join(''))
  else if (format !== undefined) {
    const list = { apiVersion: API_VERSION, kind: 'BreakGlassReviewList', metadata: {}, items: reviews }
    io.print(format === 'json' ? `${JSON.stringify(list, null, 4)}\n` : stringify(list, { aliasDuplicateObjects: false }))
  } else if (reviews.length === 0) io.note('No use of break-glass waits for a review.')
  else
    io.print(
      columns(
        HEADINGS,
        reviews.map((review) => row(review, io.clock.nowMs())),
      ),
    )
  return EXIT.granted
}
