import { expect, it } from 'vitest'
import { EXIT } from '../../../cli/terminal/exit-code.ts'
import { KubectlError } from '../../../cli/kubectl/kubectl-error.ts'
import type { AccessRequestSpec } from '../../../domain/api/access-request.ts'
import { fakeIO } from '../../fakes/io.ts'
import { approvedBy, requestOf } from '../requests.ts'
import { runCertify } from '../run-certify.ts'

const REQUEST = '/apis/jit.access/v1/accessrequests/ask'
const db = (...keys: readonly string[]) => ({ namespace: 'shop', secret: 'db', keys })
const rules = [{ verbs: ['get'], resources: ['pods'], namespaces: ['shop'] }]

/** A cluster with one Secret, shop/db, with one key. `may`: whether the approver may read it. */
async function run(spec: Partial<AccessRequestSpec>, { may = true, command = 'approve', name = 'db', missing = 'not found' } = {}) {
  const asked: (readonly string[])[] = []
  const request = requestOf({ spec: { rules: [], ...spec } })
  const io = fakeIO({
    'POST /apis/authentication.k8s.io/v1/selfsubjectreviews': () => ({ status: { userInfo: { username: 'oidc:approver' } } }),
    [`GET ${REQUEST}`]: () => request,
    [`PUT ${REQUEST}/approval`]: () => ({ ...request, status: { ...request.status, ...approvedBy('oidc:approver') } }),
    'TEXT get': (args: readonly string[]) => {
      asked.push(args)
      if (!may) throw new KubectlError('Forbidden', 'secrets is forbidden')
      if (args[2] !== name) throw new KubectlError('NotFound', missing)
      return 'password\n'
    },
  })
  const code = await runCertify(io, [command, 'ask'])
  return { code, asked, noted: io.noted(), approved: io.calls.some((call) => call.startsWith('PUT')) }
}

it('a reveal of existing keys is approved, and no value is read', async () => {
  const { code, asked, noted } = await run({ reveal: [db('password')] })
  expect([code, noted]).toEqual([EXIT.granted, ''])
  expect(asked).toEqual([['get', 'secret', 'db', '--namespace=shop', '-o', expect.stringMatching(/^go-template=.*\$key\}\}(?!.*\$value\}\})/s)]])
})

it.each([
  ['a missing key', { reveal: [db('passwrod')] }, 'Secret "shop/db" has no key "passwrod"'],
  ['a missing Secret', { reveal: [{ ...db('password'), secret: 'other' }] }, 'there is no Secret "other" in namespace "shop"'],
  ['an invalid name', { reveal: [{ ...db('password'), secret: '--all' }] }, 'there is no Secret "--all"'],
])('a reveal of only %s cannot be approved, and the error says why', async (_, spec, message) => {
  const { code, approved, noted } = await run(spec)
  expect({ code, approved }).toEqual({ code: EXIT.refused, approved: false })
  expect(noted).toContain(message)
  expect(noted).toContain('kubectl certify deny ask')
})

it.each([
  ['another key', { reveal: [db('password', 'passwrod')] }],
  ['a rule', { rules, reveal: [db('passwrod')] }],
])('a missing key together with %s causes a warning and can be approved', async (_, spec) => {
  const { code, approved, noted } = await run(spec)
  expect({ code, approved }).toEqual({ code: EXIT.granted, approved: true })
  expect(noted).toContain('Warning: Secret "shop/db" has no key "passwrod"')
})

it('a server that does not know Secrets at this moment says nothing about one', async () => {
  const missing = 'the server could not find the requested resource'
  const { code, approved, noted } = await run({ reveal: [{ ...db('password'), secret: 'other' }] }, { missing })
  expect({ code, approved, noted }).toEqual({ code: EXIT.granted, approved: true, noted: '' })
})

it('an approver who may not read the Secret gets no warning', async () => {
  const { code, approved, noted } = await run({ reveal: [db('passwrod')] }, { may: false })
  expect({ code, approved, noted }).toEqual({ code: EXIT.granted, approved: true, noted: '' })
})

it('show prints the warning too', async () => {
  expect((await run({ reveal: [db('passwrod')] }, { command: 'show' })).noted).toBe('Warning: Secret "shop/db" has no key "passwrod"\n')
})
