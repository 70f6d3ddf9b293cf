import { expect, it } from 'vitest'
import { createCluster } from '../../../../cli/doctor/visible-cluster.ts'
import { checkSubjectPrefixes } from '../../../../cli/doctor/issuers/subject-prefixes.ts'
import { KubectlError } from '../../../../cli/kubectl/kubectl-error.ts'
import { fakeIO } from '../../../fakes/io.ts'
import { ISSUERS } from '../../doctor-objects.ts'
import { runCertify } from '../../run-certify.ts'

const MAP = `GET ${ISSUERS}`
const ISSUER = 'issuer: https://login.example.com\nusernamePrefix: "oidc:"\ngroupsPrefix: "groups:"\n'

async function findings(subjects: readonly object[], data?: { readonly [file: string]: string }) {
  const { kubectl } = fakeIO({
    'GET /apis/jit.access/v1/accesspolicies': () => ({ items: [{ metadata: { name: 'a' }, spec: { subjects } }] }),
    ...(data === undefined ? {} : { [MAP]: () => ({ data }) }),
  })
  return await checkSubjectPrefixes(createCluster(kubectl))
}
const group = (name: string) => ({ kind: 'Group', name })
const user = (name: string) => ({ kind: 'User', name })

it.each([
  ['a group of an issuer', [group('groups:agents')], { 'a.yaml': ISSUER, 'ca.crt': '-----BEGIN CERTIFICATE-----' }],
  ['a user of an issuer', [user('oidc:agent')], { 'a.yml': ISSUER }],
  ['a ServiceAccount without any issuer', [{ kind: 'ServiceAccount', name: 'agent', namespace: 'agents' }], undefined],
  ['a group of ServiceAccounts', [group('system:serviceaccounts:agents')], undefined],
])('%s is found by its policy', async (_, subjects, data) => {
  expect(await findings(subjects, data)).toEqual([
    { verdict: 'good', message: 'every subject of a policy is a ServiceAccount, or has the prefix of a token issuer' },
  ])
})

it.each([
  ['without a prefix', group('agents'), { 'a.yaml': ISSUER }, 'Group "agents"'],
  ['with the prefix of user names', group('oidc:agents'), { 'a.yaml': ISSUER }, 'Group "oidc:agents"'],
  ['with the prefix of groups', user('groups:agent'), { 'a.yaml': ISSUER }, 'User "groups:agent"'],
  ['of an issuer in a file that the gateway does not read', group('groups:agents'), { a: ISSUER, '.a.yaml': ISSUER }, 'Group "groups:agents"'],
  ['where no issuer is configured', group('oidc:agents'), undefined, 'Group "oidc:agents"'],
])('a subject %s governs nobody', async (_, subject, data, named) => {
  expect(await findings([subject, { kind: 'ServiceAccount', name: 'x', namespace: 'y' }], data)).toMatchObject([
    { verdict: 'warning', message: expect.stringContaining(`policy "a": no token issuer of the gateway gives ${named} its prefix`) },
  ])
})

it.each(['- a', '"a'])('a file that is not an object of YAML is reported: %s', async (text) => {
  expect(await findings([], { 'broken.yaml': text })).toMatchObject([{ verdict: 'bad', message: expect.stringContaining('"broken.yaml"') }])
})

it('a ConfigMap that may not be read is not known', async () => {
  const { kubectl } = fakeIO({
    'GET /apis/jit.access/v1/accesspolicies': () => ({ items: [] }),
    [MAP]: () => {
      throw new KubectlError('Forbidden', 'no')
    },
  })
  expect(await checkSubjectPrefixes(createCluster(kubectl))).toMatchObject([{ verdict: 'unknown' }])
})

it('is a part of what the doctor says', async () => {
  const io = fakeIO({
    'GET /apis/jit.access/v1/accesspolicies': () => ({ items: [] }),
    [MAP]: () => ({ data: { 'broken.yaml': '-' } }),
  })
  expect(await runCertify(io, ['doctor'])).toBe(8)
  expect(io.printed()).toContain('"broken.yaml" in the ConfigMap gateway-issuers is not a YAML object')
})
