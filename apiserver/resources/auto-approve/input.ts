import type { AccessRequest } from '../../../domain/api/access-request.ts'
import type { AccessRule, Operation } from '../../../domain/api/rules.ts'
import type { Risk } from '../../../domain/api/access-policy.ts'
import type { AutoApproveInput } from '../../../domain/api/approvals/auto-approve-input.ts'
import { withTokenGroups } from '../../../domain/identity.ts'

/** The words, or what the rule covers without them. An empty list would make every `all` of a condition true. */
const orElse = (words: readonly string[] | undefined, otherwise: string): readonly string[] =>
  words === undefined || words.length === 0 ? [otherwise] : words

const ruleOf = ({ verbs, apiGroups, resources, namespaces, resourceNames, gains = [] }: AccessRule): AutoApproveInput['rules'][number] => ({
  verbs,
  apiGroups: orElse(apiGroups, ''),
  resources,
  namespaces: orElse(namespaces, ''),
  resourceNames: orElse(resourceNames, '*'),
  gains,
})

function operationOf({ method, path, summary = '', dryRun }: Operation): AutoApproveInput['operation'] {
  const [, query = ''] = path.split(/\?(.*)/s)
  return { method, path, summary, dryRun: dryRun ?? '', command: new URLSearchParams(query).getAll('command') }
}

/** The variables of the conditions, except the history, which depends on the policy. */
export function inputOf(
  { spec }: AccessRequest,
  { risk, nowMs }: { readonly risk: Risk; readonly nowMs: number },
): Omit<AutoApproveInput, 'history'> {
  const { reason = '', ticket = '', cluster = '', durationSeconds = Infinity, maxUses = null, rules = [], operation, requester, agent = {} } = spec
  const { username = '', uid = '', groups = [], extra = {} } = requester ?? {}
  const { name = '', model = '', session = '', task = '' } = agent
  return {
    request: { reason, ticket, cluster, durationSeconds, maxUses },
    rules: rules.map(ruleOf),
    operation: operation === undefined ? null : operationOf(operation),
    risk,
    requester: { username, groups: withTokenGroups({ username, uid, groups, extra }).groups, extra },
    agent: { name, model, session, task },
    nowMs,
  }
}
