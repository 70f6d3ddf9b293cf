import type { SessionDecision } from './session-decisions.ts'

/** Decisions in words. The text holds what people and agents wrote: a caller that shows it makes it safe for where it is shown. */

const because = (message: string | undefined): string => (message === undefined ? '' : `: ${message}`)

const onRequest =
  (word: string) =>
  ({ request, by, message }: SessionDecision): string =>
    `accessrequest ${request} ${word}${by === undefined ? '' : ` by ${by}`}${because(message)}`
const ofGrant =
  (words: (decision: SessionDecision) => string) =>
  (decision: SessionDecision): string =>
    `accessgrant ${decision.grant ?? '?'} ${words(decision)}`

const WORDS: { readonly [what in SessionDecision['decision']]: (decision: SessionDecision) => string } = {
  Requested: onRequest('requested'),
  Approved: onRequest('approved'),
  Denied: onRequest('denied'),
  Withdrawn: onRequest('withdrawn'),
  Expired: onRequest('expired'),
  Failed: onRequest('failed'),
  Justified: onRequest('reviewed as justified'),
  Unjustified: onRequest('reviewed as not justified'),
  Extended: ofGrant(({ request, expiresAt }) => `extended by accessrequest ${request}: it expires at ${expiresAt ?? '?'}`),
  Transferred: ofGrant(({ to, message }) => `transferred in part to ${to ?? '?'}${message === undefined ? '' : `, ${message}`}`),
  Received: ofGrant(({ by, message }) => `received from ${by ?? '?'}${message === undefined ? '' : `, ${message}`}`),
  // The server stored it as NAME: REASON.
  Revoked: ofGrant(({ message = '?' }) => `revoked by ${message.replace(/: $/, '')}`),
  Ended: ofGrant(({ message = 'ended' }) => message),
}

/** What was decided, in one line. */
export const decisionLine = (decision: SessionDecision): string => WORDS[decision.decision](decision)

/** What the decision gave, or what was asked for. */
export function decisionDetails({ decision, grant, asks, limits, narrowed, passkey, unseen, lapsed, expiresAt }: SessionDecision): readonly string[] {
  const span = limits === undefined ? `until ${expiresAt ?? '?'}` : `for ${limits}`
  const gives = decision === 'Approved' && grant !== undefined ? `accessgrant ${grant} ${span}` : ''
  const marks = [
    narrowed === true ? 'cut down' : '',
    unseen === true ? 'its plan was not shown whole' : '',
    passkey === undefined ? '' : `with passkey ${passkey}`,
    lapsed === true ? 'it does not count any more' : '',
  ].filter((mark) => mark !== '')
  return [gives, asks ?? '', marks.join(', ')].filter((line) => line !== '')
}

/** An object of a session whose decisions are not known to the reader, as jit-apiserver lists it. */
export type UntoldObject = { readonly resource: string; readonly name: string; readonly reason: string }

/** Which decisions the timeline lacks. Empty when it has all. */
export function untoldLines(untold: readonly UntoldObject[]): readonly string[] {
  const named = (reason: string): string =>
    untold.flatMap((each) => (each.reason === reason ? [`${each.resource.replace(/s$/, '')} ${each.name}`] : [])).join(', ')
  const [gone, hidden, more] = [named('NotKept'), named('NotVisible'), named('NotListed')]
  return [
    ...(gone === '' ? [] : [`no longer kept, so who decided is not shown here: ${gone}`]),
    ...(hidden === '' ? [] : [`not visible to you, so who decided is not shown here: ${hidden}`]),
    ...(more === '' ? [] : [`more than a session lists, so who decided may not be shown here: ${more}`]),
  ]
}
