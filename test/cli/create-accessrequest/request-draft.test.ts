import fc from 'fast-check'
import { expect, it } from 'vitest'
import { CONTENT_LABEL, nameOf, type Ask } from '../../../cli/create-accessrequest/request-draft.ts'
import { EXIT } from '../../../cli/terminal/exit-code.ts'
import { KubectlError } from '../../../cli/kubectl/kubectl-error.ts'
import type { AccessRequest } from '../../../domain/api/access-request.ts'
import { operationOf, placesOf, resourcesOf } from '../../../domain/classify/operations-of.ts'
import { ruleCovers } from '../../../domain/grant/rule-covers.ts'
import type { AccessRule } from '../../../domain/api/rules.ts'
import { grant } from '../../domain/builders.ts'
import { fakeIO, nowMs } from '../../fakes/io.ts'
import { approvedBy, requestOf } from '../requests.ts'
import { runCreate } from '../run-certify.ts'

const BASE = '/apis/jit.access/v1/accessrequests'
const GRANT = '/apis/jit.access/v1/accessgrants/x'
const ASKER = 'oidc:agent'
const at = (seconds: number): string => new Date(nowMs + seconds * 1000).toISOString()

const some = <T>(...values: readonly T[]) => fc.subarray([...values], { minLength: 1 })
const rule = (optional: readonly string[]): fc.Arbitrary<AccessRule> =>
  fc.record(
    {
      verbs: some('get', 'patch', 'delete'),
      apiGroups: some('', 'apps'),
      resources: some('pods', 'deployments'),
      namespaces: some('shop', 'bank'),
      resourceNames: some('web', 'db'),
    },
    { requiredKeys: ['verbs', 'apiGroups', 'resources', ...(optional as readonly [])] },
  )

/** Requests that the flags can express: one rule, one group. */
const asks = fc.record({
  verbs: some('get', 'patch', 'delete'),
  apiGroups: fc.constant(['']),
  resources: fc.constant(['pods']),
  namespaces: some('shop', 'bank'),
  names: fc.option(some('web', 'db'), { nil: undefined }),
})
type Line = typeof asks extends fc.Arbitrary<infer T> ? T : never

const askOf = ({ names, ...rest }: Line): AccessRule => ({ ...rest, ...(names === undefined ? {} : { resourceNames: names }) })
const flagsOf = ({ verbs, namespaces, names = [] }: Line): readonly string[] => [
  `--verb=${verbs.join(',')}`,
  '--resource=pods',
  '-n',
  namespaces.join(','),
  ...names.map((name) => `--name=${name}`),
]

const left = fc.array(rule(['namespaces']), { maxLength: 3 })
const lives = fc.record({ fromSeconds: fc.constantFrom(-60, 30), toSeconds: fc.constantFrom(-1, 60), uses: fc.constantFrom(0, 2) })
const fates = fc.oneof(
  fc.record({ kind: fc.constant('pending' as const), rules: fc.option(left, { nil: undefined }) }),
  fc.record({ kind: fc.constant('approved' as const), rules: left, life: lives }),
  fc.record({ kind: fc.constant('denied' as const) }),
)
type Fate = typeof fates extends fc.Arbitrary<infer T> ? T : never

function statusOf(fate: Fate): NonNullable<AccessRequest['status']> {
  if (fate.kind === 'approved') return { ...approvedBy('x'), grantName: 'x' }
  if (fate.kind === 'denied') return { conditions: [{ type: 'Denied', status: 'True' }] }
  return { expiresAt: at(600), ...(fate.rules === undefined ? {} : { narrowed: { rules: fate.rules } }) }
}

const coversAll = (rules: readonly AccessRule[], asked: AccessRule): boolean =>
  resourcesOf(asked).every((one) => placesOf(asked).every((place) => rules.some((each) => ruleCovers(each, operationOf(one, place)))))

/** Whether the request gives every requested operation, now or once it is approved as it is. */
function givesAll(fate: Fate, asked: AccessRule): boolean {
  if (fate.kind === 'denied') return false
  if (fate.kind === 'pending') return coversAll(fate.rules ?? [asked], asked)
  const { fromSeconds, toSeconds, uses } = fate.life
  return fromSeconds < 0 && toSeconds > 0 && uses < 2 && coversAll(fate.rules, asked)
}

async function repeated(line: Line, fate: Fate, ...more: readonly string[]) {
  const ask: Ask = { rules: [askOf(line)] }
  const { name, content } = nameOf(ask, ASKER, { key: undefined })
  const old: AccessRequest = requestOf({ name: more[0] ?? name, spec: { requester: { username: ASKER }, ...ask }, status: statusOf(fate) })
  const request = { ...old, metadata: { ...old.metadata, labels: { [CONTENT_LABEL]: content } } }
  const filed: string[] = []
  const io = fakeIO({
    'POST /apis/authentication.k8s.io/v1/selfsubjectreviews': () => ({ status: { userInfo: { username: ASKER } } }),
    [`GET ${BASE}`]: () => ({ items: [request] }),
    [`GET ${BASE}/${request.metadata.name}`]: () => request,
    [`GET ${GRANT}`]: () => {
      if (fate.kind !== 'approved') throw new KubectlError('NotFound', 'x')
      const { fromSeconds, toSeconds, uses } = fate.life
      return { ...grant({ rules: [...fate.rules], notBefore: at(fromSeconds), expiresAt: at(toSeconds), maxUses: 2 }), status: { uses } }
    },
    [`POST ${BASE}`]: (body: AccessRequest) => {
      if (body.metadata.name === request.metadata.name) throw new KubectlError('AlreadyExists', 'exists')
      filed.push(body.metadata.name)
      return { ...requestOf(), ...body, status: { expiresAt: at(600) } }
    },
  })
  const code = await runCreate(io, [...more, ...flagsOf(line)])
  return { code, filed, said: io.printed(), noted: io.noted() }
}

it('a request that is found gives every requested operation; otherwise a new one is created', async () => {
  let found = 0
  await fc.assert(
    fc.asyncProperty(asks, fates, async (line, fate) => {
      const { code, filed, said } = await repeated(line, fate)
      expect(code).toBe(EXIT.granted)
      expect(filed.length === 0).toBe(said.includes('found: asked before'))
      if (filed.length > 0) return
      found += 1
      expect(givesAll(fate, askOf(line))).toBe(true)
    }),
    { numRuns: 500 },
  )
  expect(found).toBeGreaterThan(20)
})

it('a named request that gives less, or nothing any more, is not reported as approved', async () => {
  await fc.assert(
    fc.asyncProperty(asks, fates, async (line, fate) => {
      const { code, filed, noted } = await repeated(line, fate, 'mine')
      expect(filed).toEqual([])
      if (code === EXIT.granted) expect(givesAll(fate, askOf(line))).toBe(true)
      else if (fate.kind === 'denied') expect(code).toBe(EXIT.denied)
      else {
        expect(code).toBe(EXIT.ended)
        expect(noted).toContain('choose another NAME')
      }
    }),
    { numRuns: 300 },
  )
})
