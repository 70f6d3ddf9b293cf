import type { Verdict } from '../../domain/permit.ts'
import { askedError, coveredError } from '../hold/ask-errors.ts'
import type { Held, Hold } from '../ports.ts'
import type { ClassifiedRequest } from '../steps.ts'

type Asked = Pick<ClassifiedRequest, 'askFirst' | 'classified' | 'upgrade' | 'dryRun'>

/** Whether the request can change nothing: a read, or a dry run that its server keeps (classifyRequest refuses the others). */
const changesNothing = ({ classified, upgrade, dryRun }: Asked): boolean => upgrade === undefined && (classified.power === 'read' || dryRun)

/** Whether the request would take a use of a grant. */
const takesUse = (verdict: Verdict, { dryRun }: Asked): boolean =>
  verdict.kind === 'allow' && verdict.permit.grant !== undefined && verdict.permit.decision.effect !== 'Allow' && !dryRun

/**
 * Whether a request is only asked for: the step `decide` then ends with the answer of {@link askFirst}, and nothing is forwarded. kubectl reads
 * before it writes, so requests that are allowed, change nothing and take no use are served under the prefix as usual.
 */
export const isOnlyAsked = (asked: Asked, verdict: Verdict): boolean =>
  asked.askFirst !== undefined && !(verdict.kind === 'allow' && changesNothing(asked) && !takesUse(verdict, asked))

/**
 * Files the request of an operation that is not run, unless it is allowed already.
 * @param judge judges the operation by what it would change now. Called only if a grant for exactly this operation seems to cover it
 * @throws StatusError always: the answer to the client, or why no request can be filed
 */
export async function askFirst(verdict: Verdict, held: Held, by: { readonly hold: Hold; readonly judge: () => Promise<Verdict> }): Promise<never> {
  const isBound = verdict.kind === 'allow' && verdict.permit.grant?.bound === true
  const judged = isBound ? await by.judge() : verdict
  if (judged.kind === 'allow') throw coveredError(held, judged.permit.grant)
  throw askedError(held, await by.hold.ask(held))
}
