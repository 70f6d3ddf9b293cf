import type { AccessGrant } from '../../../../domain/api/access-grant.ts'
import type { AccessPolicy } from '../../../../domain/api/access-policy.ts'
import type { AccessRequest } from '../../../../domain/api/access-request.ts'
import type { AutoApproveRule } from '../../../../domain/api/approvals/auto-approve.ts'
import type { Identity } from '../../../../domain/identity.ts'
import { policy } from '../../../domain/builders.ts'
import { put, user, type Answer, type Served } from '../served-api.ts'

export const START = Date.parse('2026-11-25T12:00:00Z')
export const AGENT = user('oidc:agent', 'agents')
export const OTHER = user('oidc:other', 'agents')
export const APPROVER = user('ann', 'sre')
const AGENTS = { kind: 'Group', name: 'agents' } as const

type More = Omit<AccessPolicy['spec'], 'subjects' | 'approvals'>
export type Rule = Pick<AutoApproveRule, 'condition'> & Partial<AutoApproveRule>

/** A policy with rules that approve in place of approvers. */
export const automatic = (name: string, rules: readonly Rule[], more: More = {}): AccessPolicy =>
  policy(name, { subjects: [AGENTS], approvals: { autoApprove: rules.map((rule) => ({ name: 'logs', ...rule })) }, ...more })

export async function install(api: Served, ...policies: readonly AccessPolicy[]): Promise<void> {
  for (const each of policies) await put(api.store, 'accesspolicies', each)
  api.rights = (who, { verb }) => verb === 'certify' && who.groups.includes('sre')
}

export const LOGS = { verbs: ['get'], resources: ['pods/log'], namespaces: ['shop'] }

export const ask = (
  api: Served,
  name: string,
  spec: object = {},
  { as = AGENT, query = '' }: { readonly as?: Identity; readonly query?: string } = {},
) =>
  api.send(as, `POST accessrequests${query}`, {
    body: { apiVersion: 'jit.access/v1', kind: 'AccessRequest', metadata: { name }, spec: { rules: [LOGS], ...spec } },
  })

export const decide = (api: Served, name: string, type: 'Approved' | 'Denied'): Promise<Answer> =>
  api.send(APPROVER, `PATCH accessrequests/${name}/approval`, {
    type: 'application/merge-patch+json',
    body: { status: { conditions: [{ type, status: 'True', reason: 'Seen', message: 'seen' }] } },
  })

export const statusOf = ({ body }: Answer): NonNullable<AccessRequest['status']> => (body as unknown as AccessRequest).status ?? {}
/** What the rules said. */
export const outcomeOf = (answer: Answer): string | undefined => statusOf(answer).autoApproval?.outcome

const stored = async <T>(api: Served, resource: string): Promise<readonly T[]> =>
  (await api.store.list(resource)).entries.map(({ value }) => value as unknown as T)
export const grantsOf = (api: Served): Promise<readonly AccessGrant[]> => stored(api, 'accessgrants')
export const requestsOf = (api: Served): Promise<readonly AccessRequest[]> => stored(api, 'accessrequests')
export const eventsOf = (api: Served): Promise<readonly { readonly [field: string]: unknown }[]> => stored(api, 'unrecorded')
export const historyOf = (api: Served): Promise<readonly unknown[]> => stored(api, 'decisionhistory')
