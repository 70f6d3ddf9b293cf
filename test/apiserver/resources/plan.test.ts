import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { accessRequests } from '../../../apiserver/resources/access-request.ts'
import { reviewRequest } from '../../../apiserver/resources/decisions/approval.ts'
import { trackUpdate } from '../../../apiserver/machinery/write/manage-fields.ts'
import { shapeList, shapeObject } from '../../../apiserver/machinery/read/encode.ts'
import { asObject } from '../../../apiserver/resources/typed.ts'
import type { JsonObject, Store } from '../../../apiserver/storage/port.ts'
import type { AccessRequest } from '../../../domain/api/access-request.ts'
import { AGENT_USER } from '../../../domain/api/names.ts'
import type { Operation } from '../../../domain/api/rules.ts'
import { policy } from '../../domain/builders.ts'

const nowMs = Date.parse('2026-11-25T12:00:00Z')
const CANARY = `c4nary-${randomBytes(12).toString('hex')}`
const entry = {
  resource: 'accesspolicies',
  name: 'coding-agents',
  version: 1,
  value: policy('coding-agents', { subjects: [{ kind: 'User', name: 'agent' }] }) as unknown as JsonObject,
}
const deps = {
  store: {
    get: () => Promise.resolve(entry),
    list: (resource: string) => Promise.resolve({ entries: resource === 'accesspolicies' ? [entry] : [] }),
  } as unknown as Store,
  authorizer: { allowed: ({ username }: { readonly username: string }) => Promise.resolve(username === 'approver' || username === AGENT_USER) },
  rights: { allowed: () => Promise.resolve(false) },
  evaluate: () => false,
}
const kind = accessRequests(deps)
const userOf = (username: string) => ({ username, uid: '', groups: [], extra: {} })
const contextOf = (username: string) => ({ user: userOf(username), nowMs, dryRun: false, auditID: 'a' })

const operation: Operation = {
  method: 'DELETE',
  path: '/api/v1/namespaces/shop/configmaps/board',
  digest: 'a'.repeat(64),
  planHash: 'b'.repeat(64),
  dryRun: 'Changed',
  diff: `-  plan: ${CANARY}`,
  body: CANARY,
  targets: [{ name: CANARY, uid: 'u' }],
}
const askedFor = (more: Partial<Operation> = {}): AccessRequest => ({
  apiVersion: 'jit.access/v1',
  kind: 'AccessRequest',
  metadata: { name: 'ask', uid: 'u' },
  spec: {
    requester: { username: 'agent' },
    policy: 'coding-agents',
    durationSeconds: 600,
    maxUses: 1,
    rules: [{ verbs: ['delete'], resources: ['configmaps'], namespaces: ['shop'], resourceNames: ['board'] }],
    operation: { ...operation, ...more },
  },
  status: { expiresAt: '2026-11-25T12:30:00Z' },
})
const hidden = askedFor({ planReaders: 'Approvers' })

describe('a plan that its requester may not read', () => {
  it('is only in responses of accessrequests/plan', () => {
    const shown = kind.strategy.present(asObject(hidden), nowMs)
    expect(JSON.stringify(shown)).not.toContain(CANARY)
    const { method, path, digest, planHash } = operation
    expect(shown.spec?.['operation']).toEqual({ method, path, digest, planHash, planReaders: 'Approvers' })
    // The existence of a diff is hidden as well: its absence would reveal that a guessed value was right.
    const owned = trackUpdate({ kind, by: { manager: 'm', operation: 'Update', subresource: '' }, after: asObject(hidden), sent: undefined, nowMs })
    expect(JSON.stringify(owned)).toContain('f:diff')
    for (const as of ['Object', 'Table', 'PartialObjectMetadata', 'PartialObjectMetadataList'] as const) {
      const shaping = { kind, format: { media: 'application/json', as }, include: 'Object', nowMs } as const
      const answer = as === 'PartialObjectMetadataList' ? shapeList(shaping, [owned], { resourceVersion: '1' }) : shapeObject(shaping, owned)
      expect(JSON.stringify(answer), as).not.toMatch(/f:(diff|cut|body|targets|dryRun)/)
    }
    for (const { value } of kind.columns) expect(String(value(asObject(hidden), nowMs))).not.toContain(CANARY)
    const plan = kind.subresources.find(({ name }) => name === 'plan')
    expect(plan?.verbs).toEqual(['get'])
    expect(plan?.read?.present(asObject(hidden), nowMs)).toMatchObject({ spec: hidden.spec, status: { phase: 'Pending' } })
    // A plan that the requester may read is shown to all readers of the request.
    expect(kind.strategy.present(asObject(askedFor()), nowMs)).toMatchObject({ spec: { operation } })
  })
  it('can be read by users that may certify the request', async () => {
    const check = kind.subresources.find(({ name }) => name === 'plan')?.read?.check
    await expect(check?.(asObject(hidden), { user: userOf('agent') })).rejects.toMatchObject({ code: 403 })
    await expect(check?.(asObject(hidden), { user: userOf('approver') })).resolves.toBeUndefined()
    const own = { ...hidden, spec: { ...hidden.spec, requester: { username: 'approver' } } }
    await expect(check?.(asObject(own), { user: userOf('approver') })).rejects.toMatchObject({ code: 403 })
    const { operation: _, ...spec } = hidden.spec
    await expect(check?.(asObject({ ...hidden, spec }), { user: userOf('approver') })).rejects.toMatchObject({ code: 404 })
  })
  it('is kept when a client writes the request as shown, and cannot be changed', async () => {
    const shown = kind.strategy.present(asObject(hidden), nowMs)
    const kept = await kind.strategy.update(
      { ...shown, metadata: { ...shown.metadata, labels: { seen: 'yes' } } },
      asObject(hidden),
      contextOf('approver'),
    )
    expect(kept).toMatchObject({ spec: hidden.spec, metadata: { labels: { seen: 'yes' } } })
    const other = { ...shown, spec: { ...shown.spec, reason: 'another' } }
    await expect((async () => await kind.strategy.update(other, asObject(hidden), contextOf('approver')))()).rejects.toMatchObject({ code: 422 })
  })
  it('can be approved as shown, and its grant does not contain it', async () => {
    const shown = kind.strategy.present(asObject(hidden), nowMs) as unknown as AccessRequest
    const next = { ...shown, status: { ...shown.status, conditions: [{ type: 'Approved', status: 'True' }] as const } }
    const { request, grant } = await reviewRequest({ next, old: hidden, context: contextOf('approver') }, deps)
    expect(request.spec).toEqual(hidden.spec)
    const { method, path, digest, planHash } = operation
    expect(grant?.spec.operation).toEqual({ method, path, digest, planHash })
  })
})

const decide = (type: 'Approved' | 'Denied', cut: Operation['cut'], unseen?: boolean) => {
  const old = askedFor(cut === undefined ? {} : { cut })
  const status = { ...old.status, conditions: [{ type, status: 'True' }] as const, ...(unseen === undefined ? {} : { unseen }) }
  return reviewRequest({ next: { ...old, status }, old, context: contextOf('approver') }, deps)
}

describe('a truncated plan', () => {
  const count = fc.option(fc.integer({ min: 0, max: 9 }), { nil: undefined })
  it('cannot be approved without confirming that parts are not shown', async () => {
    const cuts = fc
      .record({ removedLines: count, addedLines: count, bodyCharacters: count })
      .map((cut) => JSON.parse(JSON.stringify(cut)) as NonNullable<Operation['cut']>)
    await fc.assert(
      fc.asyncProperty(cuts, fc.constantFrom(undefined, false), async (cut, unseen) => {
        await expect(decide('Approved', cut, unseen)).rejects.toMatchObject({ code: 422, message: expect.stringContaining('--unseen') as string })
      }),
    )
  })
  it('can be approved with a confirmation, which is stored in the review and required again from the next approver', async () => {
    const { request } = await decide('Approved', { addedLines: 1 }, true)
    expect(request.status?.reviews?.[0]).toMatchObject({ decision: 'Approved', unseen: true })
    expect(request.status?.unseen).toBeUndefined()
  })
  it('can be denied without a confirmation, and a complete plan needs none', async () => {
    expect((await decide('Denied', { addedLines: 1 })).request.status?.reviews).toHaveLength(1)
    const { request } = await decide('Approved', undefined, true)
    expect(request.status?.reviews?.[0]?.unseen).toBeUndefined()
  })
})
