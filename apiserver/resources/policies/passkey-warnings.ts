import type { AccessPolicy } from '../../../domain/api/access-policy.ts'
import type { RelyingParty } from '../passkeys/relying-party.ts'

/** A policy may be written before passkeys are configured: what it requires one for waits until then. */
export function passkeyWarnings({ spec }: AccessPolicy, passkeys: RelyingParty | undefined): readonly string[] {
  const from = spec.approvals?.passkey?.requiredFor
  if (from === undefined || passkeys !== undefined) return []
  return [
    `spec.approvals.passkey: the apiserver has no passkeys in its configuration, so nobody can approve a request whose risk is ${from} or higher`,
  ]
}
