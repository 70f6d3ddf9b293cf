import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { AccessGrant } from '../../domain/api/access-grant.ts'
import type { AccessPolicy } from '../../domain/api/access-policy.ts'
import { StatusError } from '../../domain/status-error.ts'
import { createConditionEvaluator } from '../../server/conditions/cel.ts'
import type { AdmissionResponse } from '../../webhook/review/answer.ts'
import { createApp } from '../../webhook/app.ts'
import type { Claims } from '../../webhook/grants/claims.ts'
import { createValidator } from '../../webhook/review/validate.ts'
import type { View, Views } from '../../webhook/grants/view.ts'
import { NONE_SUSPENDED, NOW } from '../domain/builders.ts'

/** Fields of an AdmissionRequest, as kube-apiserver sends them. */
export type Request = { readonly [field: string]: unknown }

export const DIRECT = { username: 'oidc:agent', groups: ['oidc:agents', 'system:authenticated'] }
export const throughGateway = (extra: { readonly [key: string]: readonly string[] } = {}) => ({
  username: 'jit.access:agent',
  groups: ['jit.access:agents', 'jit.access:baseline:agents', 'system:authenticated'],
  extra: {
    'jit.access/user': ['oidc:agent'],
    'jit.access/groups': ['oidc:agents'],
    'jit.access/request': ['11111111-1111-4111-8111-111111111111'],
    ...extra,
  },
})

/** `UPDATE apps/v1 deployments/scale shop/web`, with `-` for an empty part. */
export function request(line: string, more: Request = {}): Request {
  const [operation = '', groupVersion = '', resource = '', at = '-/-'] = line.split(' ')
  const [version = '', group = ''] = groupVersion.split('/').reverse()
  const [plural = '', subresource = ''] = resource.split('/')
  const [namespace = '', name = ''] = at.split('/').map((part) => (part === '-' ? '' : part))
  return {
    uid: '22222222-2222-4222-8222-222222222222',
    operation,
    requestResource: { group, version, resource: plural },
    resource: { group, version, resource: plural },
    ...(subresource === '' ? {} : { requestSubResource: subresource, subResource: subresource }),
    ...(namespace === '' ? {} : { namespace }),
    ...(name === '' ? {} : { name }),
    userInfo: DIRECT,
    ...(operation === 'CREATE' || operation === 'UPDATE' ? { object: { metadata: { name } } } : {}),
    ...(operation === 'UPDATE' || operation === 'DELETE' ? { oldObject: { metadata: { name } } } : {}),
    ...more,
  }
}

export const review = (of: Request): object => ({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', request: of })

/** State of the fakes. A test may change it while the handler runs. */
export type Fixture = {
  /** Undefined if stale or never read. */
  cached: View | undefined
  /** An error if jit-apiserver is unavailable. */
  fresh: View | Error
  /** Names of the grants that have a use left; a claim removes one. */
  readonly uses: Map<string, number>
  readonly claimed: string[]
  readonly asked: string[]
  claimError?: Error
}

export function fixture(policies: readonly AccessPolicy[], grants: readonly AccessGrant[] = []): Fixture {
  const view = { policies, grants, suspensions: NONE_SUSPENDED }
  return { cached: view, fresh: view, uses: new Map(), claimed: [], asked: [] }
}

const viewsOf = (state: Fixture): Views => ({
  cached: () => state.cached,
  fresh: ({ username, grantName }) => {
    state.asked.push(grantName ?? username)
    return state.fresh instanceof Error ? Promise.reject(state.fresh) : Promise.resolve(state.fresh)
  },
  staleForMs: () => 0,
})

const claimsOf = (state: Fixture): Claims => ({
  take: async (name, auditID) => {
    await Promise.resolve()
    if (state.claimError !== undefined) throw state.claimError
    const left = state.uses.get(name) ?? 0
    if (left === 0) return 'spent'
    state.uses.set(name, left - 1)
    state.claimed.push(`${name} ${auditID}`)
    return 'taken'
  },
})

export const away = new StatusError('ServiceUnavailable', 'the API is away')

export type Served = {
  readonly url: string
  ask(of: Request): Promise<AdmissionResponse>
  readonly failures: StatusError[]
  close(): void
}

/** The real handler on a real socket, with the fakes of a fixture. */
export async function serve(state: Fixture, claims: Claims = claimsOf(state)): Promise<Served> {
  const failures: StatusError[] = []
  const validate = createValidator({
    views: viewsOf(state),
    claims,
    evaluate: createConditionEvaluator(),
    clock: { nowMs: () => NOW },
  })
  const server = createServer(createApp({ validate, reviewed: () => undefined, failed: (error) => void failures.push(error) }))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/validate`
  return {
    url,
    failures,
    ask: async (of) => {
      const answer = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(review(of)) })
      const body = (await answer.json()) as { readonly response: AdmissionResponse }
      if (answer.status !== 200) throw new Error(`${answer.status} ${JSON.stringify(body)}`)
      return body.response
    },
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

/** A response in one line, for tables: `allow`, `403 ask`, `500 error`. */
export const short = (response: AdmissionResponse): string =>
  `${response.allowed ? '' : `${response.status?.code ?? 'no code'} `}${response.auditAnnotations['decision'] ?? ''}`
