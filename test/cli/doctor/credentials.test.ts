import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkCredentials } from '../../../cli/doctor/credentials.ts'
import { KubectlError } from '../../../cli/kubectl/kubectl-error.ts'
import { createPlaceholders } from '../../../domain/mask/secret/placeholders.ts'
import { fakeIO } from '../../fakes/io.ts'

type Secret = { readonly type: string; readonly metadata: object; readonly data: { readonly [key: string]: string } }
const base64 = (text: string): string => Buffer.from(text).toString('base64')
const secret = (name: string, data: { readonly [key: string]: string }, type = 'Opaque'): Secret => ({
  type,
  metadata: { namespace: 'shop', name },
  data: Object.fromEntries(Object.entries(data).map(([key, value]) => [key, base64(value)])),
})
const strong = (): string => randomBytes(24).toString('hex')
const check = (answer: (query: URLSearchParams) => unknown) =>
  checkCredentials(fakeIO({ 'GET /api/v1/secrets': (_, path) => answer(new URL(path, 'http://fake').searchParams) }).kubectl)
const of = (...items: readonly Secret[]) => check(() => ({ metadata: {}, items }))

it('names Secrets and keys, and the last finding has the fix', async () => {
  const findings = await of(
    secret('db', { password: 'postgres', 'admin-password': 'changeme', token: strong(), username: 'postgres' }),
    secret('web', { secret: 'secret' }),
    secret('fine', { password: strong() }),
  )
  expect(findings).toEqual([
    { verdict: 'warning', message: 'Secret shop/db holds credentials that can be guessed: password, admin-password' },
    {
      verdict: 'warning',
      message: 'Secret shop/web holds credentials that can be guessed: secret',
      fix: expect.stringContaining('set random values') as string,
    },
  ])
})

it('finds no guessable credentials and reports how many Secrets it checked', async () =>
  expect(await of(secret('db', { password: strong(), username: 'postgres' }), secret('web', { password: '' }))).toEqual([
    { verdict: 'good', message: 'no key that is named like a credential, in 2 Secrets, holds a value that can be guessed' },
  ]))

it('excludes Secrets created by the cluster with a field selector, and also when the server ignores the selector', async () => {
  const types = ['kubernetes.io/service-account-token', 'bootstrap.kubernetes.io/token', 'kubernetes.io/tls', 'helm.sh/release.v1']
  let selector = ''
  const findings = await check((query) => {
    selector = query.get('fieldSelector') ?? ''
    return { items: types.map((type) => secret('x', { token: 'default', 'token-secret': 'abc' }, type)) }
  })
  expect(selector).toBe(types.map((type) => `type!=${type}`).join(','))
  expect(findings.map(({ verdict }) => verdict)).toEqual(['good'])
})

it('shows 20 Secrets, then how many more there are', async () => {
  const findings = await of(...Array.from({ length: 33 }, (_, index) => secret(`s-${index}`, { password: 'postgres' })))
  expect(findings).toHaveLength(21)
  expect(findings.at(-1)?.message).toBe('and 13 more Secrets')
})

it('shows 5 keys of a Secret, then how many more there are', async () => {
  const [finding] = await of(secret('db', Object.fromEntries(Array.from({ length: 9 }, (_, index) => [`${index}-password`, 'postgres']))))
  expect(finding?.message).toMatch(/: 0-password, 1-password, 2-password, 3-password, 4-password and 4 more$/)
})

const saysOf = async (value: string) => JSON.stringify(await of(secret('db', { password: value })))

it('reveals nothing about a value, not even its length', async () => {
  await fc.assert(
    fc.asyncProperty(fc.constantFrom('hunter2', 'letmein', 'a', '11111111', 'changeme'), async (value) => {
      expect(await saysOf(value)).toBe(await saysOf('postgres'))
    }),
  )
})

describe('the check of credentials reads every page', () => {
  it('with the continue token of the server', async () => {
    const pages: { readonly [token: string]: object } = {
      '': { metadata: { continue: 'a&b' }, items: [secret('one', { password: 'postgres' })] },
      'a&b': { metadata: { continue: '' }, items: [secret('two', { password: 'postgres' })] },
    }
    expect((await check((query) => pages[query.get('continue') ?? ''])).map(({ message }) => message)).toEqual([
      'Secret shop/one holds credentials that can be guessed: password',
      'Secret shop/two holds credentials that can be guessed: password',
    ])
  })
  it('with smaller pages when a response is too large', async () => {
    const limits: string[] = []
    const findings = await check((query) => {
      limits.push(query.get('limit') ?? '')
      if (Number(query.get('limit')) > 2) throw new KubectlError('Unknown', 'kubectl failed without an error message')
      return { items: [secret('db', { password: strong() })] }
    })
    expect(limits).toEqual(['200', '20', '2'])
    expect(findings.map(({ verdict }) => verdict)).toEqual(['good'])
  })
})

describe('the check of credentials reports as unknown', () => {
  it.each([
    [
      'Secrets that may not be listed',
      () => Promise.reject(new KubectlError('Forbidden', 'secrets is forbidden')),
      /not checked: Secrets cannot be read: secrets is forbidden/,
    ],
    ['a response that is not a list', () => ({ kind: 'Status' }), /not checked: Secrets cannot be read: the response is not a list/],
    ['a missing response', () => Promise.reject(new KubectlError('Unknown', 'nothing')), /not checked: Secrets cannot be read: nothing/],
  ])('%s', async (_, answer, says) => {
    const findings = await check(answer)
    expect(findings.map(({ verdict }) => verdict)).toEqual(['unknown'])
    expect(findings[0]?.message).toMatch(says)
  })
  it('the Secrets after a page that cannot be read, and still reports what it found', async () => {
    const findings = await check((query) => {
      if (query.has('continue')) throw new KubectlError('Expired', 'too old')
      return { metadata: { continue: 'next' }, items: [secret('db', { password: 'postgres' })] }
    })
    expect(findings.map(({ verdict, message }) => [verdict, message])).toEqual([
      ['warning', 'Secret shop/db holds credentials that can be guessed: password'],
      ['unknown', 'not checked: Secrets after the first 1 cannot be read: too old'],
    ])
  })
  it('Secrets that come masked through the gateway', async () => {
    const placeholder = createPlaceholders({ key: randomBytes(32), session: 's' }).of(
      { namespace: 'shop', secret: 'db', key: 'password' },
      base64('postgres'),
    )
    const findings = await check(() => ({ items: [{ ...secret('db', {}), data: { password: placeholder } }] }))
    expect(findings.map(({ verdict, message }) => [verdict, message])).toEqual([['unknown', 'not checked: you see Secrets masked']])
  })
})
