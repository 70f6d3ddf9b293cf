import type { AccessPolicy, Risk } from '../api/access-policy.ts'
import type { AccessRequest } from '../api/access-request.ts'
import { riskIn } from '../api/approvals/risk.ts'
import type { Classified, Power } from '../decision.ts'
import { reachOf } from '../policy/match/matches.ts'
import { isDeletion } from '../request-info.ts'
import { operationText } from './operation-text.ts'
import { operationsOf } from './operations-of-request.ts'

const MAX_SHOWN = 5
/** Operations that are classified. A request can ask for many more. */
const MAX_EXAMINED = 1000

const WHAT: Readonly<Record<Power, string>> = {
  read: 'it reads',
  ask: 'it only asks',
  write: 'it writes',
  connect: 'it opens a stream into a container or to the network behind it',
  mint: 'it creates a credential',
  escalate: 'it changes permissions, or what enforces them',
  unknown: 'what it can do is not known',
}

type Reason = { readonly risk: Risk; readonly text: string }

/** Why the classification gives a request its risk. */
function ofClassification(classified: Classified): Reason {
  const { power, risk, info, gains } = classified
  const deletes = power === 'write' && isDeletion(info)
  const what = gains === undefined ? (deletes ? 'it deletes what it cannot restore' : WHAT[power]) : `it gives the workload ${gains.join(', ')}`
  return { risk, text: `${operationText(classified)}: ${what}` }
}

/** Rules of the policy that set a risk for the request. Their conditions are not evaluated. */
function ofRules(policy: AccessPolicy | undefined, classified: Classified): readonly Reason[] {
  return (policy?.spec.rules ?? []).flatMap((rule) => {
    if (rule.risk === undefined || reachOf(rule, classified) === 'none') return []
    const perhaps = rule.match?.condition === undefined ? '' : ', if its condition holds'
    return [{ risk: rule.risk, text: `${operationText(classified)}: rule "${rule.name}" of the policy says so${perhaps}` }]
  })
}

/** The reasons for the risk of a request: what it can do, and the rules of its policy. The texts contain words of its requester. */
export function reasonsOfRisk(request: AccessRequest, policy: AccessPolicy | undefined): readonly string[] {
  const { operations, left } = operationsOf(request, MAX_EXAMINED)
  const reveals: readonly Reason[] = (request.spec.reveal ?? []).length === 0 ? [] : [{ risk: 'High', text: 'it shows values of Secrets' }]
  const reasons = [...reveals, ...operations.flatMap((each) => [ofClassification(each), ...ofRules(policy, each)])]
  const shown = riskIn(request.status)
  const texts = [...new Set(reasons.filter(({ risk }) => risk === shown).map(({ text }) => text))]
  const more = texts.length - MAX_SHOWN
  const rest = more > 0 ? [`and ${more} more`] : left > 0 ? [`and ${left} operations that are not examined here`] : []
  // The server counts every policy of the requester, as they were when the request was created.
  const unseen =
    texts.length + rest.length === 0
      ? [request.status?.risk === undefined ? 'an older server did not say it' : 'another policy of its requester says so']
      : []
  return [...texts.slice(0, MAX_SHOWN), ...rest, ...unseen]
}
