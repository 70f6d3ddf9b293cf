import { describe, expect, it } from 'vitest'
import type { Identity } from '../../../domain/identity.ts'
import { createImpersonationCheck, knowsConstrainedImpersonation } from '../../../controller/policy-status/impersonation-check.ts'
import type { PathAttributes, ResourceAttributes } from '../../../kube/subject-access-review.ts'
import { policy } from '../../domain/builders.ts'

const AGENTS = policy('agents', { tokenGroups: ['oidc:readers', 'system:masters'] })
const GROUPS = ['jit.access:agents', 'jit.access:baseline:agents', 'jit.access:elevated:agents', 'oidc:readers']
const EXTRAS = ['user', 'issuer', 'groups', 'grant', 'request', 'session', 'hold'].map((key) => `jit.access/${key}`)

type Asked = ResourceAttributes | PathAttributes
const isClassic = (asked: Asked): boolean => asked.verb === 'impersonate'

function fixture(may: (asked: Asked) => boolean | Error, { constrained = true }: { readonly constrained?: boolean | Error } = {}) {
  const asked: Asked[] = []
  const users: Identity[] = []
  let nowMs = 0
  const check = createImpersonationCheck({
    authorizer: {
      allowed: (user, attributes) => {
        users.push(user)
        asked.push(attributes)
        const answer = may(attributes)
        return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer)
      },
    },
    impersonator: { namespace: 'jit-system', name: 'jit-impersonator' },
    knowsConstrained: () => (constrained instanceof Error ? Promise.reject(constrained) : Promise.resolve(constrained)),
    clock: { nowMs: () => nowMs },
  })
  return { ...check, asked, users, pass: (ms: number) => (nowMs += ms) }
}
/** All constrained verbs, and no classic ones. */
const shipped = (asked: Asked): boolean => !isClassic(asked)
const except =
  (name: string, may = shipped) =>
  (asked: Asked): boolean =>
    may(asked) && !('name' in asked && asked.name === name) && !('subresource' in asked && asked.subresource === name)

describe('the check of impersonation', () => {
  it('asks, about the impersonator, for everything that a request can carry', async () => {
    const { probe, asked, users } = fixture(shipped)
    expect(await probe(AGENTS)).toEqual({ can: 'yes' })
    const questions = asked.filter((each) => 'resource' in each && !isClassic(each)) as readonly ResourceAttributes[]
    const named = (resource: string) => questions.filter((each) => each.resource === resource)
    expect(named('users').map(({ name }) => name)).toEqual(['jit.access:agent'])
    expect(named('groups').map(({ name }) => name)).toEqual(GROUPS)
    expect(named('userextras').map(({ subresource }) => subresource)).toEqual(EXTRAS)
    expect(questions.every(({ verb, group }) => verb === 'impersonate:user-info' && group === 'authentication.k8s.io')).toBe(true)
    expect(asked).toContainEqual({ verb: 'impersonate-on:user-info:get', path: '/version' })
    expect(new Set(users.map(({ username }) => username))).toEqual(new Set(['system:serviceaccount:jit-system:jit-impersonator']))
    expect(users[0]?.groups).toEqual(['system:serviceaccounts', 'system:serviceaccounts:jit-system'])
  })

  it.each(GROUPS)('reports that the group %s is refused, and the command that allows it', async (group) => {
    const result = await fixture(except(group)).probe(AGENTS)
    expect(result).toMatchObject({ can: 'no', refused: `the group "${group}"` })
    if (result.can !== 'no') throw new Error('not refused')
    expect(result.fix).toContain('"verbs":["impersonate:user-info"]')
    expect(result.fix).not.toContain('system:masters')
  })

  it.each(['jit.access:agent', ...EXTRAS])('reports that the base installation lacks %s', async (name) => {
    const result = await fixture(except(name)).probe(AGENTS)
    expect(result).toMatchObject({ can: 'no', fix: expect.stringContaining('kubectl apply -k kustomize/base') as string })
  })

  it('asks for the classic verb where the agents’ group may be impersonated by it', async () => {
    const may = except('jit.access:elevated:agents', isClassic)
    const { probe, mode, asked } = fixture(may)
    const result = await probe(AGENTS)
    expect(await mode()).toBe('classic')
    if (result.can !== 'no') throw new Error('not refused')
    expect(result.fix).toContain('"verbs":["impersonate"]')
    expect(asked).toContainEqual({ verb: 'impersonate', group: '', resource: 'groups', name: 'jit.access:baseline:agents' })
    expect(asked).toContainEqual({
      verb: 'impersonate',
      group: 'authentication.k8s.io',
      resource: 'userextras',
      subresource: 'jit.access/user',
      name: 'jit.access:probe',
    })
    expect((await fixture(isClassic).probe(AGENTS)).can).toBe('yes')
  })

  it('does not accept constrained rules on a server that does not know them', async () => {
    expect((await fixture(shipped, { constrained: false }).probe(AGENTS)).can).toBe('no')
    expect((await fixture(isClassic, { constrained: false }).probe(AGENTS)).can).toBe('yes')
  })

  it.each<readonly [string, ReturnType<typeof fixture>]>([
    ['a review fails', fixture(() => new Error('away'))],
    ['the version cannot be read', fixture(shipped, { constrained: new Error('away') })],
    ['the path is refused', fixture((asked) => shipped(asked) && !('path' in asked))],
  ])('does not know when %s', async (_, { probe }) => expect((await probe(AGENTS)).can).toBe('unknown'))

  it('asks what no policy changes once in ten seconds, and again after a failure', async () => {
    const { probe, asked, pass } = fixture(shipped)
    await probe(AGENTS)
    const first = asked.length
    await probe(policy('others'))
    expect(asked.length - first).toBe(3)
    pass(10_001)
    await probe(AGENTS)
    expect(asked.length).toBe(2 * first + 3)
    let fails = true
    const broken = fixture((each) => (fails ? new Error('away') : shipped(each)))
    expect((await broken.probe(AGENTS)).can).toBe('unknown')
    fails = false
    expect((await broken.probe(AGENTS)).can).toBe('yes')
  })
})

it.each([
  [{ major: '1', minor: '35' }, false],
  [{ major: '1', minor: '36' }, true],
  [{ major: '1', minor: '37+' }, true],
  [{ major: '2', minor: '0' }, true],
])('the version %j knows constrained impersonation: %s', (version, expected) => expect(knowsConstrainedImpersonation(version)).toBe(expected))
it.each([{}, { major: '1' }, { major: '1', minor: 'x' }])('a version of %j is an error', (version) =>
  expect(() => knowsConstrainedImpersonation(version)).toThrow(/version/),
)
