import type { AccessRequest } from '../../../domain/api/access-request.ts'
import type { AccessRule, Operation } from '../../../domain/api/rules.ts'
import type { Risk } from '../../../domain/api/access-policy.ts'
import type { AutoApproveInput } from '../../../domain/api/approvals/auto-approve-input.ts'
import { formatMasks } from '../../../domain/format/hidden.ts'
import { withTokenGroups } from '../../../domain/identity.ts'

type Spec = AccessRequest['spec']

/** The fields that are variables of the conditions, or have no effect on what a grant gives, or are judged without a condition. */
const SEEN: ReadonlySet<string> = new Set<keyof Spec>([
  'agent',
  'cluster',
  'durationSeconds',
  'idempotencyKey',
  'maxUses',
  'notBefore',
  'operation',
  'policy',
  'reason',
  'requester',
  'reveal',
  'rules',
  'ticket',
])

/** Whether a part of the path, which holds the command of an exec, is hidden. It runs as it was sent: an agent can make any words look like a token. */
const hidesPath = ({ operation }: Spec): boolean => operation !== undefined && formatMasks({ path: operation.path }).length > 0

/** The fields of a request that ask for something that the conditions do not see. A field that is added to the API is one until it is listed here. */
export const fieldsBeyondConditions = ({ spec }: AccessRequest): readonly string[] => [
  ...Object.entries(spec).flatMap(([field, value]) => (SEEN.has(field) || value === undefined || value === false ? [] : [field])),
  ...(hidesPath(spec) ? ['operation.path'] : []),
]

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

const requesterOf = ({ requester: { username, uid = '', groups = [], extra = {} } = { username: '' } }: Spec): AutoApproveInput['requester'] => ({
  username,
  groups: withTokenGroups({ username, uid, groups, extra }).groups,
  extra,
})

const agentOf = ({ agent: { name = '', model = '', session = '', task = '' } = {} }: Spec): AutoApproveInput['agent'] => ({
  name,
  model,
  session,
  task,
})

/** The variables of the conditions, except the history, which depends on the policy. */
export function inputOf(
  { spec }: AccessRequest,
  { risk, nowMs }: { readonly risk: Risk; readonly nowMs: number },
): Omit<AutoApproveInput, 'history'> {
  // The server sets the duration. Infinity is not an integer, so a condition that is evaluated without one fails.
  const { reason = '', ticket = '', cluster = '', durationSeconds = Infinity, maxUses = null, rules = [], operation } = spec
  return {
    request: { reason, ticket, cluster, durationSeconds, maxUses },
    rules: rules.map(ruleOf),
    operation: operation === undefined ? null : operationOf(operation),
    risk,
    requester: requesterOf(spec),
    agent: agentOf(spec),
    nowMs,
  }
}
