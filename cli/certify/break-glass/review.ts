import { isOpenReview, reviewPhase, type BreakGlassReview } from '../../../domain/api/break-glass/review.ts'
import { conditionOf } from '../../../domain/api/conditions.ts'
import { namesOf } from '../../create-accessrequest/object-names.ts'
import { reviewDecisionPath, reviewPath } from '../../kubectl/paths.ts'
import { retryConflicts } from '../../kubectl/retry-conflicts.ts'
import { CommandError, EXIT, usage, type ExitCode } from '../../terminal/exit-code.ts'
import { formatOf, shortName, type ObjectFormat } from '../../terminal/output-formats.ts'
import { printAs } from '../../terminal/print-as.ts'
import { lastOf, switchedOn, type ParsedFlags } from '../../terminal/parse-flags.ts'
import { oneLine } from '../../terminal/untrusted.ts'
import type { IO } from '../../terminal/io.ts'
import { forEachName } from '../decisions/for-each-name.ts'

const KINDS = ['breakglassreview', 'breakglassreviews', 'bgreview'] as const

type Decision = { readonly type: 'Justified' | 'Unjustified'; readonly message: string; readonly format: ObjectFormat | undefined }

/** @throws CommandError when the review was decided otherwise before */
function decidedBefore(review: BreakGlassReview, type: Decision['type'], nowMs: number): void {
  const phase = reviewPhase(review, nowMs)
  if (phase === type) return
  const why = conditionOf(review.status?.conditions, phase)?.message ?? ''
  const by = review.status?.reviewer?.username ?? 'somebody'
  throw new CommandError(EXIT.ended, oneLine(`${review.metadata.name} was decided before, as ${phase.toLowerCase()}, by ${by}: ${why}`))
}

const put = (io: IO, name: string, { type, message }: Decision): Promise<{ readonly review: BreakGlassReview; readonly again: boolean }> =>
  retryConflicts(async () => {
    const review = await io.kubectl.get<BreakGlassReview>(reviewPath(name))
    if (!isOpenReview(review)) {
      decidedBefore(review, type, io.clock.nowMs())
      return { review, again: true }
    }
    const condition = { type, status: 'True', reason: 'KubectlCertify', message } as const
    const decided = await io.kubectl.replace<BreakGlassReview>(reviewDecisionPath(name), { ...review, status: { conditions: [condition] } })
    return { review: decided, again: false }
  })

async function decide(io: IO, name: string, decision: Decision): Promise<ExitCode> {
  const { type, format } = decision
  const { review, again } = await put(io, name, decision)
  if (format !== undefined) printAs(io, format, review)
  else io.print(`${shortName(review)} ${type.toLowerCase()}${again ? ' before' : ''}\n`)
  return EXIT.granted
}

/** `kubectl certify review NAME... --justified|--unjustified --reason=TEXT`. @throws CommandError, KubectlError */
export async function certifyReview(io: IO, flags: ParsedFlags): Promise<ExitCode> {
  const names = namesOf(flags.words, KINDS, 'find one with: kubectl certify reviews')
  const [justified, unjustified] = [switchedOn(flags, 'justified'), switchedOn(flags, 'unjustified')]
  if (justified === unjustified) throw usage('say how you decide', 'use one of --justified and --unjustified')
  const message = lastOf(flags, 'reason') ?? ''
  if (message.trim() === '') throw usage('--reason is required', "say why: --reason='the shop was down, see incident 4711'")
  const decision: Decision = { type: justified ? 'Justified' : 'Unjustified', message, format: formatOf(lastOf(flags, 'output')) }
  return await forEachName(io, names, (name) => decide(io, name, decision))
}
