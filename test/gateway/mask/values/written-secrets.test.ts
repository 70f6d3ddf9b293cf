import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { classify } from '../../../../domain/classify/classify.ts'
import { readRequest } from '../../../../domain/classify/read-request.ts'
import { createPlaceholders } from '../../../../domain/mask/secret/placeholders.ts'
import { createWrittenSecrets } from '../../../../gateway/mask/values/written-secrets.ts'
import { CALLER } from '../../gateway-fixture.ts'

const SECRETS = '/api/v1/namespaces/shop/secrets'
type Write = {
  readonly method?: string
  readonly path?: string
  readonly body: unknown
  readonly type?: string
  readonly username?: string
  readonly dryRun?: boolean
  readonly status?: number
}
function writtenBy(...writes: readonly Write[]) {
  const written = createWrittenSecrets()
  for (const {
    method = 'PUT',
    path = `${SECRETS}/db`,
    body,
    type = 'application/json',
    username = 'oidc:agent',
    dryRun = false,
    status = 200,
  } of writes)
    written.take(
      {
        classified: classify(readRequest(method, path, new URLSearchParams())),
        dryRun,
        caller: { ...CALLER, identity: { ...CALLER.identity, username } },
        headers: new Map([['content-type', type]]),
        body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
      },
      status,
    )
  return (secret: string, key: string, value: string, namespace = 'shop') => written.writerOf({ namespace, secret, key }, Buffer.from(value))
}
const placeholder = createPlaceholders({ key: Buffer.alloc(32, 7), session: 's' }).of(
  { namespace: 'shop', secret: 'db', key: 'k' },
  Buffer.from('dmFsdWU='),
)
const base64 = (text: string): string => Buffer.from(text).toString('base64')

describe('a value that an agent wrote to a Secret', () => {
  it.each<readonly [string, Write]>([
    ['a create', { method: 'POST', path: SECRETS, body: { metadata: { name: 'db' }, data: { k: base64('value') } }, status: 201 }],
    ['a generated name', { method: 'POST', path: SECRETS, body: { metadata: { generateName: 'd' }, stringData: { k: 'value' } }, status: 201 }],
    ['an update', { body: { metadata: { name: 'db' }, data: { k: base64('other') }, stringData: { k: 'value' } } }],
    ['a merge patch', { method: 'PATCH', type: 'application/merge-patch+json', body: { stringData: { k: 'value' } } }],
    ['an apply', { method: 'PATCH', type: 'application/apply-patch+yaml', body: 'data:\n  k: dmFsdWU=\n' }],
    [
      'a JSON patch of a key',
      { method: 'PATCH', type: 'application/json-patch+json', body: [{ op: 'add', path: '/data/k', value: base64('value') }] },
    ],
    [
      'a JSON patch of all',
      { method: 'PATCH', type: 'application/json-patch+json', body: [{ op: 'replace', path: '/data', value: { k: base64('value') } }] },
    ],
  ])('is remembered: %s', (what, write) => {
    const writerOf = writtenBy(write)
    const name = what === 'a generated name' ? 'dx7k2p' : 'db'
    expect(writerOf(name, 'k', 'value')).toBe('oidc:agent')
    expect(writerOf(name, 'k', 'another value')).toBeUndefined()
    expect(writerOf(name, 'other', 'value')).toBeUndefined()
    expect(writerOf('other', 'k', 'value')).toBeUndefined()
    expect(writerOf(name, 'k', 'value', 'elsewhere')).toBeUndefined()
  })

  const data = { data: { k: base64('value') } }
  it.each<readonly [string, Write]>([
    ['the write was refused', { body: data, status: 409 }],
    ['the write was a dry run', { body: data, dryRun: true }],
    ['the request was a read', { method: 'GET', body: data }],
    ['the object is not a Secret', { path: '/api/v1/namespaces/shop/configmaps/db', body: data }],
    ['the body is not valid JSON', { body: '{"data":{"k":"dmFsdWU="}' }],
    ['the body is ambiguous', { body: '{"data":{"k":"dmFsdWU="},"data":{"k":"dmFsdWU="}}' }],
    ['the body holds a placeholder', { body: { data: { k: placeholder } } }],
    [
      'a patch copies the value from elsewhere',
      { method: 'PATCH', type: 'application/json-patch+json', body: [{ op: 'copy', from: '/data/a', path: '/data/k' }] },
    ],
    ['the patch does not change the value', { method: 'PATCH', type: 'application/merge-patch+json', body: { metadata: { labels: { a: 'b' } } } }],
  ])('is not remembered if %s', (_, write) => {
    const writerOf = writtenBy(write)
    expect([writerOf('db', 'k', 'value'), writerOf('db', 'k', Buffer.from(placeholder, 'base64').toString())]).toEqual([undefined, undefined])
  })

  it('is never evicted by another identity, and the number is limited for each identity', () => {
    const many = Array.from({ length: 3000 }, (_, index): Write => ({
      path: `${SECRETS}/s${index}`,
      body: { stringData: { k: 'v' } },
      username: 'oidc:loud',
    }))
    const writerOf = writtenBy({ body: { stringData: { k: 'mine' } }, username: 'oidc:quiet' }, ...many)
    expect(writerOf('db', 'k', 'mine')).toBe('oidc:quiet')
    expect(writerOf('s0', 'k', 'v')).toBeUndefined()
    expect(writerOf('s2999', 'k', 'v')).toBe('oidc:loud')
  })

  it('is parsed without an error, whatever body an agent sends', () => {
    fc.assert(
      fc.property(
        fc.json(),
        fc.constantFrom('application/json', 'application/json-patch+json', 'application/apply-patch+yaml', 'text/x'),
        (body, type) => {
          writtenBy({ body, type, method: 'PATCH' })
        },
      ),
    )
  })
})
