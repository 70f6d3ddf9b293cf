import type { AccessGrant } from '../../../../domain/api/access-grant.ts'
import type { AccessPolicy } from '../../../../domain/api/access-policy.ts'
import type { AccessRequest } from '../../../../domain/api/access-request.ts'
import type { BreakGlassReview } from '../../../../domain/api/break-glass/review.ts'
import type { Identity } from '../../../../domain/identity.ts'
import { policy } from '../../../domain/builders.ts'
import { put, user, type Answer, type Served } from '../served-api.ts'

type BreakGlass = NonNullable<NonNullable<AccessPolicy['spec']['approvals']>['breakGlass']>
type More = Omit<AccessPolicy['spec'], 'subjects' | 'approvals'>

export const START = Date.parse('2026-11-25T12:00:00Z')
export const AGENT = user('oidc:agent', 'agents')
export const REVIEWER = user('rita', 'sre')
export const WHY = 'the shop is down and nobody answers'
const AGENTS = { kind: 'Group', name: 'agents' } as const

/** A policy whose agents may use break-glass. */
export const glassy = (name: string, breakGlass: Partial<BreakGlass> = {}, more: More = {}): AccessPolicy =>
  policy(name, { subjects: [AGENTS], approvals: { breakGlass: { subjects: [AGENTS], ...breakGlass } }, ...more })

/** A policy whose agents may not. */
export const plain = (name: string, more: More = {}): AccessPolicy => policy(name, { subjects: [AGENTS], ...more })

export async function install(api: Served, ...policies: readonly AccessPolicy[]): Promise<void> {
  for (const each of policies) await put(api.store, 'accesspolicies', each)
  api.rights = (who, { verb }) => verb === 'certify' && who.groups.includes('sre')
}

const RULES = [{ verbs: ['patch'], apiGroups: ['apps'], resources: ['deployments'], namespaces: ['shop'] }]

export const bodyOf = (name: string, spec: object = {}): object => ({
  apiVersion: 'jit.access/v1',
  kind: 'AccessRequest',
  metadata: { name },
  spec: { rules: RULES, breakGlass: true, reason: WHY, ...spec },
})

export const breakGlass = (api: Served, name: string, as: Identity = AGENT, spec: object = {}): Promise<Answer> =>
  api.send(as, 'POST accessrequests', { body: bodyOf(name, spec) })

export const decide = (
  api: Served,
  name: string,
  type: string,
  { as = REVIEWER, message = 'seen' }: { readonly as?: Identity; readonly message?: string } = {},
): Promise<Answer> =>
  api.send(as, `PATCH breakglassreviews/${name}/decision`, {
    type: 'application/merge-patch+json',
    body: { status: { conditions: [{ type, status: 'True', reason: 'Seen', message }] } },
  })

const stored = async <T>(api: Served, resource: string): Promise<readonly T[]> =>
  (await api.store.list(resource)).entries.map(({ value }) => value as unknown as T)
export const grantsOf = (api: Served): Promise<readonly AccessGrant[]> => stored(api, 'accessgrants')
export const requestsOf = (api: Served): Promise<readonly AccessRequest[]> => stored(api, 'accessrequests')
export const reviewsOf = (api: Served): Promise<readonly BreakGlassReview[]> => stored(api, 'breakglassreviews')
export const eventsOf = (api: Served): Promise<readonly { readonly decision: string; readonly review?: string; readonly message?: string }[]> =>
  stored(api, 'unrecorded')
export const reviewNames = async (api: Served): Promise<readonly string[]> => (await reviewsOf(api)).map(({ metadata }) => metadata.name)

/** The causes of a refusal. */
export const causesOf = ({ body }: Answer): readonly { readonly reason: string; readonly message: string; readonly field?: string }[] =>
  (body['details'] as { readonly causes?: readonly never[] } | undefined)?.causes ?? []
