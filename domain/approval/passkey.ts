import type { AccessPolicy, Risk } from '../api/access-policy.ts'
import { RISKS } from '../api/approvals/risk.ts'

/** The policies under which an approval of a request of this risk needs a passkey. One is enough. */
export const requiringPasskey = (policies: readonly AccessPolicy[], risk: Risk): readonly AccessPolicy[] =>
  policies.filter(({ spec }) => {
    const from = spec.approvals?.passkey?.requiredFor
    return from !== undefined && RISKS.indexOf(risk) >= RISKS.indexOf(from)
  })

export const needsPasskey = (policies: readonly AccessPolicy[], risk: Risk): boolean => requiringPasskey(policies, risk).length > 0
