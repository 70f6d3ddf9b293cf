import type { AccessPolicy, Risk } from '../api/access-policy.ts'
import { RISKS } from '../api/approvals/risk.ts'

/** The policies under which an approval of a request of this risk needs a passkey. One is enough. */
export const requiringPasskey = (policies: readonly AccessPolicy[], risk: Risk): readonly AccessPolicy[] =>
  policies.filter(({ spec }) => {
    const from = spec.approvals?.passkey?.requiredFor
    return from !== undefined && RISKS.indexOf(risk) >= RISKS.indexOf(from)
  })

export const needsPasskey = (policies: readonly AccessPolicy[], risk: Risk): boolean => requiringPasskey(policies, risk).length > 0

const REQUIRES = 'requires approvals with a passkey (spec.approvals.passkey)'
const AT = 'approve it in the console: '

/** Why an approval without a passkey is refused. `page`: of the request in the console. */
export const formatNeedsPasskey = (
  { policies, risk }: { readonly policies: readonly AccessPolicy[]; readonly risk: Risk },
  page: string | undefined,
): string => {
  const by = policies.map(({ metadata }) => `"${metadata.name}"`).join(', ')
  const next = page === undefined ? 'this installation has no passkeys: an admin sets passkeys in the configuration of the apiserver' : `${AT}${page}`
  return `its risk is ${risk}, and policy ${by} ${REQUIRES}; ${next}`
}

/** What {@link formatNeedsPasskey} says, read from the message of a refusal: kubectl shows no causes. Undefined for any other message. */
export function readNeedsPasskey(message: string): { readonly page?: string } | undefined {
  if (!message.includes(REQUIRES)) return undefined
  const [, after = ''] = message.split(AT)
  const page = /^https:\/\/\S+/.exec(after)?.[0]
  return page === undefined ? {} : { page }
}
