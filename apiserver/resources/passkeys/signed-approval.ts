import { createHash } from 'node:crypto'
import { timestamp } from '../../../domain/api/object-meta.ts'
import type { AccessPolicy, Risk } from '../../../domain/api/access-policy.ts'
import type { AccessRequest } from '../../../domain/api/access-request.ts'
import { isUsableKey, type ApproverKey } from '../../../domain/api/passkeys/approver-key.ts'
import { assertionSchema, type Assertion, type ReviewPasskey } from '../../../domain/api/passkeys/assertion.ts'
import { formatNeedsPasskey, requiringPasskey } from '../../../domain/approval/passkey.ts'
import { approvalChallenge, ASSERTION_MS, ASSERTION_SKEW_MS } from '../../../domain/approval/passkey-challenge.ts'
import type { CauseReason } from '../../../domain/cause-reasons.ts'
import { invalid, StatusError } from '../../../domain/status-error.ts'
import { problems } from '../../../server/schema/problems.ts'
import type { RequestContext } from '../../machinery/kind.ts'
import type { Store, Write } from '../../storage/port.ts'
import { keyEvent } from './record-events.ts'
import { NotVerified, verifyAssertion, type RelyingParty, type Signed } from './relying-party.ts'
import { revokedKey } from './revoked.ts'
import { isOwner, keyWrite, readKey, type StoredKey } from './stored-keys.ts'

export type PasskeyDependencies = {
  readonly store: Store
  /** Undefined where no passkeys are configured: what needs one cannot be approved. */
  readonly passkeys?: RelyingParty
}

type Approval = { readonly next: AccessRequest; readonly old: AccessRequest; readonly context: RequestContext }
export type SignedApproval = { readonly used: ReviewPasskey; readonly write: Write }

const FIELD = 'status.passkey'

function refusal(
  name: string,
  message: string,
  cause: { readonly reason: CauseReason; readonly message: string; readonly field?: string },
): StatusError {
  return new StatusError('Forbidden', `accessrequests.jit.access "${name}" is forbidden: ${message}`, {
    details: { name, group: 'jit.access', kind: 'accessrequests', causes: [{ field: FIELD, ...cause }] },
  })
}

const rejected = (name: string, why: string): StatusError =>
  refusal(name, `the passkey was not accepted: ${why}; open the request again in the console, and approve it again`, {
    reason: 'PasskeyRejected',
    message: why,
  })

/** Where the request is approved with a passkey. */
const pageOf = ({ origin }: RelyingParty, name: string): string => `${origin}/requests/${encodeURIComponent(name)}`

function required(
  name: string,
  needs: { readonly policies: readonly AccessPolicy[]; readonly risk: Risk },
  passkeys: RelyingParty | undefined,
): StatusError {
  const page = passkeys === undefined ? undefined : pageOf(passkeys, name)
  return refusal(name, formatNeedsPasskey(needs, page), { reason: 'PasskeyRequired', message: page ?? 'no console is configured' })
}

/** The assertion that the client sent, in the form of the schema. @throws StatusError Invalid */
function assertionIn({ next, old }: Approval): Assertion | undefined {
  const given = next.status?.passkey
  if (given === undefined) return undefined
  const causes = problems(assertionSchema, given, FIELD)
  if (causes.length > 0) throw invalid('AccessRequest', old.metadata.name, causes)
  return given
}

/** An assertion is accepted for some minutes: one that was made and not sent cannot be used the day after. @throws StatusError Forbidden */
function checkTime(name: string, { issuedAt }: Assertion, nowMs: number): void {
  const ageMs = nowMs - Date.parse(issuedAt)
  if (!(ageMs <= ASSERTION_MS)) throw rejected(name, 'it was made more than five minutes ago')
  if (!(ageMs >= -ASSERTION_SKEW_MS)) throw rejected(name, 'it was made in the future: the clocks of the servers differ')
}

/** The key of an assertion, if it counts for this user. The words do not tell whether somebody else has such a key. @throws StatusError Forbidden */
async function keyOf({ old, context }: Approval, { key: name }: Assertion, store: Store): Promise<StoredKey> {
  const found = await readKey(store, name)
  const unusable = (why: string): StatusError =>
    refusal(old.metadata.name, `approverkey "${name}" ${why}`, { reason: 'ApproverKeyUnusable', message: name, field: `${FIELD}.key` })
  if (found === undefined || !isOwner(found.key, context.user)) throw unusable('is not one of your keys')
  if (!isUsableKey(found.key)) throw unusable('is not confirmed, or was revoked')
  return found
}

/** Ends a key of which there may be a copy. Best effort: the approval is refused anyway. */
async function endCopied({ key, version }: StoredKey, { old, context }: Approval, store: Store): Promise<void> {
  if (context.dryRun) return
  const message = `its counter did not go on when accessrequest "${old.metadata.name}" was approved: there may be a copy of the key`
  const ended = revokedKey(key, { reason: 'CounterRegressed', message }, context.nowMs)
  await store.commit([keyWrite(ended, version), keyEvent(key, { decision: 'Revoked', message }, context)])
}

async function verify(
  approval: Approval,
  assertion: Assertion,
  { stored, passkeys }: { readonly stored: StoredKey; readonly passkeys: RelyingParty },
): Promise<Signed> {
  const { next, old, context } = approval
  const { credentialID = '', publicKey = '', counter = 0, backupEligible } = stored.key.status ?? {}
  const challenge = approvalChallenge({
    request: old,
    narrowed: next.status?.narrowed,
    unseen: next.status?.unseen === true,
    approver: context.user.username,
    issuedAt: assertion.issuedAt,
  })
  try {
    return await verifyAssertion(assertion, { credentialID, publicKey, counter, backupEligible }, { ...passkeys, challenge })
  } catch (error) {
    if (error instanceof NotVerified) throw rejected(old.metadata.name, error.message)
    throw error
  }
}

const digestOf = ({ authenticatorData, clientDataJSON, signature }: Assertion): string =>
  createHash('sha256').update([authenticatorData, clientDataJSON, signature].join('.')).digest('hex')

function afterUse({ key, version }: StoredKey, { counter, backedUp }: Signed, nowMs: number): Write {
  return keyWrite({ ...key, status: { ...key.status, counter, backedUp, lastUsed: timestamp(nowMs) } }, version)
}

/**
 * The passkey of an approval, verified, and the write of its key that must be in the same commit. Undefined for an approval that has none and needs
 * none. One that was sent must verify, also where none is needed.
 * @throws StatusError Forbidden with the causes PasskeyRequired, PasskeyRejected or ApproverKeyUnusable, Invalid
 */
export async function signedApproval(
  approval: Approval,
  { policies, risk }: { readonly policies: readonly AccessPolicy[]; readonly risk: Risk },
  { store, passkeys }: PasskeyDependencies,
): Promise<SignedApproval | undefined> {
  const { name } = approval.old.metadata
  const requiring = requiringPasskey(policies, risk)
  const assertion = assertionIn(approval)
  if (assertion === undefined && requiring.length === 0) return undefined
  if (assertion === undefined || passkeys === undefined) throw required(name, { policies: requiring, risk }, passkeys)
  checkTime(name, assertion, approval.context.nowMs)
  const stored = await keyOf(approval, assertion, store)
  const signed = await verify(approval, assertion, { stored, passkeys })
  if (signed.regressed) {
    await endCopied(stored, approval, store)
    throw rejected(name, `approverkey "${stored.key.metadata.name}" was revoked, since there may be a copy of it`)
  }
  const used = { key: stored.key.metadata.name, fingerprint: fingerprintIn(stored.key), assertion: digestOf(assertion) }
  return { used, write: afterUse(stored, signed, approval.context.nowMs) }
}

const fingerprintIn = ({ status }: ApproverKey): string => status?.fingerprint ?? ''
