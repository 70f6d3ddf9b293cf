import { isOpenReview, reviewPhase, type BreakGlassReview } from '../../../domain/api/break-glass/review.ts'
import { conditionOf } from '../../../domain/api/conditions.ts'
import { namesOf } from '../../create-accessrequest/names.ts'
import { KubectlError } from '../../kubectl/kubectl-error.ts'
import { reviewDecisionPath, reviewPath } from '../../kubectl/paths.ts'
import { CommandError, EXIT, usage, type ExitCode } from '../../terminal/exit-code.ts'
import { formatOf, printAs, shortName, type Format } from '../../terminal/output.ts'
import { lastOf, switchedOn, type ParsedFlags } from '../../terminal/parse-flags.ts'
import { oneLine } from '../../terminal/untrusted.ts'
import type { IO } from '../../terminal/io.ts'
import { forEachName } from '../decisions/for-each-name.ts'

const TRIES = 5
const KINDS = ['breakglassreview', 'breakglassreviews', 'bgreview'] as const

type Decision = { readonly type: 'Justified' | 'Unjustified'; readonly message: string; readonly format: Format | undefined }

/** @throws CommandError when the review was decided otherwise before */
function decidedBefore(review: BreakGlassReview, type: Decision['type'], nowMs: number): void {
  const phase = reviewPhase(review, nowMs)
  if (phase === type) return
  const why = conditionOf(review.status?.conditions, phase)?.message ?? ''
  const by = review.status?.reviewer?.username ?? 'somebody'
  throw new CommandError(EXIT.ended, oneLine(`${review.metadata.name} was decided before, as ${phase.toLowerCase()}, by ${by}: ${why}`))
}

async function decide(io: IO, name: string, { type, message, format }: Decision): Promise<ExitCode> {
  for (let tries = 1; ; tries += 1) {
    const review = await io.kubectl.get<BreakGlassReview>(reviewPath(name))
    const isOpen = isOpenReview(review)
    if (!isOpen) decidedBefore(review, type, io.clock.nowMs())
    try {
      const condition = { type, status: 'True', reason: 'KubectlCertify', message } as const
      const decided = isOpen
        ? await io.kubectl.replace<BreakGlassReview>(reviewDecisionPath(name), { ...review, status: { conditions: [condition] } })
        : review
      if (format !== undefined) printAs(io, format, decided)
      else io.print(`${shortName(decided)} ${type.toLowerCase()}${isOpen ? '' : ' before'}\n`)
      return EXIT.granted
    } catch (error) {
      if (!(error instanceof KubectlError) || error.reason !== 'Conflict' || tries === TRIES) throw error
    }
  }
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
