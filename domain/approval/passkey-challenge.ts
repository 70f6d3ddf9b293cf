import { createHash } from 'node:crypto'
import type { AccessRequest, AccessRequestStatus } from '../api/access-request.ts'
import { canonicalJson } from '../canonical-json.ts'

/** How long an assertion over a challenge is accepted. A page that is left open makes a new one. */
export const ASSERTION_MS = 5 * 60_000
/** How far the clock of the console may be ahead. */
export const ASSERTION_SKEW_MS = 60_000

/** Public key algorithms that are accepted: EdDSA, ES256 and RS256 of COSE. */
export const ALGORITHMS = [-8, -7, -257] as const

/** `purpose`: keeps a signature for one purpose from meaning anything for another. */
const digest = (purpose: string, value: unknown): string =>
  createHash('sha256')
    .update(`jit.access/v1 ${purpose}\n${canonicalJson(value)}`, 'utf8')
    .digest('base64url')

/** The fields of an operation that every reader of the request sees. `digest` and `planHash` stand for its body and for what it changes. */
function identified({ operation, ...spec }: AccessRequest['spec']): object {
  if (operation === undefined) return spec
  const { method, path, digest: body, summary, planHash, planReaders } = operation
  return { ...spec, operation: { method, path, digest: body, summary, planHash, planReaders } }
}

/** What an approver consents to. */
export type Consented = {
  /** As the approver saw it, with the reviews so far. */
  readonly request: Pick<AccessRequest, 'metadata' | 'spec' | 'status'>
  /** What this approver narrows further. What earlier ones narrowed stays. */
  readonly narrowed: AccessRequestStatus['narrowed']
  /** Whether they approve a plan that was cut. */
  readonly unseen: boolean
  readonly approver: string
  /** When the challenge was made, as RFC 3339. */
  readonly issuedAt: string
}

/**
 * The challenge that the passkey of an approver signs, in base64url. The console makes it, and the server makes it again from what it stores: when
 * anything differs, the signature does not verify. The UID is random, so no signature can be made before the request exists. The reviews so far are
 * part of it, so that no signature counts a second time.
 */
export const approvalChallenge = ({ request: { metadata, spec, status }, narrowed, unseen, approver, issuedAt }: Consented): string =>
  digest('approval', {
    decision: 'Approved',
    uid: metadata.uid ?? '',
    spec: identified(spec),
    conditions: status?.conditions ?? [],
    reviews: status?.reviews ?? [],
    narrowed: { ...status?.narrowed, ...narrowed },
    unseen,
    approver,
    issuedAt,
  })

/** The challenge of the registration of a key, in base64url. The server chose the UID, which is used once. */
export const registrationChallenge = ({ uid, owner }: { readonly uid: string; readonly owner: string }): string =>
  digest('registration', { uid, owner })
