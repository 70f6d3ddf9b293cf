import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Effect } from '../../domain/api/access-policy.ts'
import { askWorld, BODY, changes, grant, type AskWorld } from '../gateway/ask-world.ts'
import { valuesOf } from '../gateway/world.ts'

/** X. Operations that are asked for first: whatever grants exist, none runs. */
let world: AskWorld
beforeAll(async () => void (world = await askWorld()))
afterAll(() => world.stop())

describe('X. what is sent under /ask', () => {
  const segment = fc.constantFrom('configmaps', 'pods', 'secrets', 'services', 'deployments')
  const target = fc.oneof(
    fc.record({
      resource: segment,
      name: fc.constantFrom('', '/a'),
      sub: fc.constantFrom('', '/status', '/scale', '/eviction', '/exec', '/proxy', '/log'),
    }),
    fc.constantFrom(
      { resource: 'serviceaccounts', name: '/a', sub: '/token' },
      { resource: 'bindings', name: '', sub: '' },
      { resource: 'pods', name: '/a', sub: '/ephemeralcontainers' },
    ),
  )
  const query = fc.constantFrom('', '?dryRun=All', '?dryRun=', '?dryRun=None', '?fieldManager=x&force=true', '?watch=0')
  const method = fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE')
  const effect = fc.constantFrom<Effect>('Allow', 'RequireGrant', 'RequireApproval', 'Deny')
  const type = fc.constantFrom('application/json', 'application/merge-patch+json', 'application/apply-patch+yaml', 'application/json-patch+json')
  const ruled = fc.option(
    fc.record({ maxUses: fc.option(fc.constant(1), { nil: undefined }), resources: fc.uniqueArray(segment, { minLength: 1 }) }),
    { nil: undefined },
  )
  const jit = fc.constantFrom(
    '/apis/jit.access/v1/accessrequests',
    '/apis/jit.access/v1/accessrequests/a/approval',
    '/apis/jit.access/v1/accessrequests/a/withdrawal',
    '/apis/jit.access/v1/accessgrants/a/revocation',
    '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
  )

  const sent = fc.record({ verb: method, what: fc.oneof(target, jit), search: query, decides: effect, media: type, given: ruled })

  it('X140 never changes anything: each request to upstream reads, or is a dry run, and no use is taken', async () => {
    await fc.assert(
      fc.asyncProperty(sent, async ({ verb, what, search, decides, media, given }) => {
        world.reset()
        world.govern(decides)
        if (given !== undefined)
          world.grants.push(
            grant(
              [
                {
                  verbs: ['*'],
                  apiGroups: ['', 'apps'],
                  resources: given.resources.flatMap((name) => [name, `${name}/scale`, `${name}/status`, `${name}/exec`, `${name}/proxy`]),
                  namespaces: ['shop'],
                },
              ],
              given.maxUses === undefined ? {} : { maxUses: given.maxUses },
            ),
          )
        const path =
          typeof what === 'string'
            ? what
            : `${what.resource === 'deployments' ? '/apis/apps/v1' : '/api/v1'}/namespaces/shop/${what.resource}${what.name}${what.name === '' ? '' : what.sub}`
        const body = verb === 'GET' || verb === 'HEAD' ? undefined : verb === 'DELETE' ? '{}' : BODY
        await world.send(`${verb} /ask${path}${search}`, [`Content-Type: ${media}`], body)
        expect(world.seen.filter(changes).map(({ line }) => line)).toEqual([])
        expect([world.claims, world.relayed]).toEqual([[], []])
        for (const each of world.seen) expect(valuesOf(each, 'authorization')).toEqual(['Bearer impersonator-token'])
      }),
      { numRuns: 300 },
    )
  })
})
