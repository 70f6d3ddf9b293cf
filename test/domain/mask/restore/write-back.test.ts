import { expect, it } from 'vitest'
import { parse as parseYaml } from 'yaml'
import { restorePlaceholders, type AgentWrite, type WriteBack } from '../../../../domain/mask/restore/write-back.ts'
import { base64, masked, otherSession, place, placeholders, shownFor } from '../mask-fixtures.ts'

const LIVE: Record<string, Buffer> = {
  'shop/db/password': Buffer.from('correct horse battery'),
  'shop/db/binary': Buffer.from([0, 255, 254, 10, 200]),
  'shop/db/__proto__': Buffer.from('odd but legal'),
  'shop/db/empty': Buffer.alloc(0),
  'shop/other/password': Buffer.from('another value'),
}
const SECRETS = { apiGroup: '', resource: 'secrets', subresource: '', namespace: 'shop', name: 'db' }
const lookup = async (namespace: string, secret: string, key: string) => LIVE[`${namespace}/${secret}/${key}`]

const put = (body: unknown, more: Partial<Omit<AgentWrite, 'info'>> & { info?: Partial<AgentWrite['info']> } = {}): Promise<WriteBack> => {
  const raw = typeof body === 'string' ? Buffer.from(body) : Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body))
  return restorePlaceholders(
    { contentType: 'application/json', body: raw, ...more, info: { ...SECRETS, ...more.info } },
    { placeholders, lookup, parseYaml: (text) => parseYaml(text) as unknown },
  )
}
const bodyOf = (result: WriteBack): unknown => {
  expect(result).toMatchObject({ kind: 'restored' })
  return result.kind === 'restored' ? (JSON.parse(result.body.toString()) as unknown) : undefined
}
const ph = (key: string, value: Buffer | string = LIVE[`shop/db/${key}`] as Buffer) => shownFor(key, value)
const secret = (data: Record<string, string>, more: object = {}) => ({ kind: 'Secret', metadata: { name: 'db', namespace: 'shop' }, data, ...more })

it('restores only the placeholder of the same Secret and key', async () => {
  const sent = secret({ password: ph('password'), binary: ph('binary'), empty: ph('empty'), new: base64('fresh') })
  const want = secret({
    password: base64('correct horse battery'),
    binary: base64(LIVE['shop/db/binary'] as Buffer),
    empty: '',
    new: base64('fresh'),
  })
  const result = await put(sent)
  expect(bodyOf(result)).toEqual(want)
  expect(result.kind === 'restored' && result.keys).toEqual(['password', 'binary', 'empty'])
})

it('restores a placeholder from the response to a write, and refuses one whose value was rotated since the read', async () => {
  const old = shownFor('password', 'a value of yesterday')
  expect(bodyOf(await put({ data: { password: placeholders.unvarying(place('password')) } }))).toEqual({
    data: { password: base64('correct horse battery') },
  })
  const refused = await put({ data: { password: old } })
  expect(refused).toMatchObject({ kind: 'refused', code: 409, reason: 'Conflict' })
  expect(refused.kind === 'refused' && refused.message).toContain('Read shop/db again')
})

it('restores a key named __proto__', async () => {
  const result = await put(`{"data":{"__proto__":"${ph('__proto__')}"}}`)
  expect(result.kind === 'restored' && result.body.toString()).toBe(`{"data":{"__proto__":"${base64('odd but legal')}"}}`)
})

it('leaves a write without placeholders unchanged', async () => {
  for (const body of [secret({ password: base64('x') }), '{"a":1e400,"a":"\\u0041"}', 'not json at all', Buffer.from([0xff, 0x00, 0x5c]), ''])
    expect(await put(body)).toEqual({ kind: 'unchanged' })
  expect(await put('a: 1\nb: [', { contentType: 'application/apply-patch+yaml' })).toEqual({ kind: 'unchanged' })
})

it.each([
  ['another key', secret({ user: ph('password') })],
  ['another Secret', secret({ password: shownFor('password', 'x', 'other') })],
  ['another session', secret({ password: otherSession.unvarying(place('password')) })],
  ['half of one', secret({ password: ph('password').slice(0, 40) })],
  ['one with more after it', secret({ password: ph('password') + ph('password') })],
  ['one encoded again', secret({ password: base64(ph('password')) })],
  ['one in hex', secret({ password: Buffer.from(ph('password'), 'base64').toString('hex') })],
  ['one decoded in stringData', { stringData: { password: Buffer.from(ph('password'), 'base64').toString() } }],
  ['one unchanged in stringData', { stringData: { password: ph('password') } }],
  ['a label', { metadata: { labels: { a: ph('password') } } }],
  ['an annotation of its own', { metadata: { annotations: { 'last-applied': ph('password') } } }],
  ['a masked text', secret({ password: base64('url=[jit.access/masked]') })],
  ['the name of a field', secret({ [ph('password')]: base64('x') })],
  ['items of a list', { kind: 'List', items: [secret({ password: ph('password') })] }],
  ['a key that is gone', secret({ gone: shownFor('gone', 'x') })],
  ['a bare string', JSON.stringify(ph('password'))],
  ['a body that is not JSON', `{"data":{"password":"${ph('password')}"}`],
  ['one hidden behind a duplicate key', `{"data":{"password":"${ph('password')}"},"data":{"password":"eA=="}}`],
  ['one hidden by escapes elsewhere', `{"metadata":{"labels":{"a":"j\\u0069t.access/masked"}}}`],
])('refuses %s', async (_, body) => {
  const result = await put(body)
  expect(result).toMatchObject({ kind: 'refused', code: 422, reason: 'Invalid' })
  expect(JSON.stringify(result)).not.toContain('correct horse')
})

it('restores a placeholder that escapes hide', async () => {
  const hidden = ph('password').replace('a', '\\u0061')
  expect(bodyOf(await put(`{"data":{"password":"${hidden}"}}`))).toEqual({ data: { password: base64('correct horse battery') } })
})

it('takes namespace and name from the route, and the name from the body only if the route has none', async () => {
  const elsewhere = { ...secret({ password: ph('password') }), metadata: { name: 'db', namespace: 'bank' } }
  expect(bodyOf(await put(elsewhere, { info: { name: '' } }))).toMatchObject({ data: { password: base64('correct horse battery') } })
  expect(await put(elsewhere, { info: { namespace: 'bank' } })).toMatchObject({ kind: 'refused' })
  expect(await put(secret({ password: ph('password') }), { info: { name: 'other' } })).toMatchObject({ kind: 'refused' })
  const generated = { metadata: { generateName: 'db' }, data: { password: ph('password') } }
  expect(await put(generated, { info: { name: '' } })).toMatchObject({ kind: 'refused' })
})

it.each([
  ['configmaps', { data: { password: ph('password') } }],
  ['configmaps', { data: { text: 'password: [jit.access/masked]' } }],
  ['pods', { spec: { containers: [{ env: [{ name: 'P', value: Buffer.from(ph('password'), 'base64').toString() }] }] } }],
])('refuses a mask in %s: %j', async (resource, body) => {
  const result = await put(body, { info: { resource } })
  expect(result).toMatchObject({ kind: 'refused' })
  expect(result.kind === 'refused' && result.message).toContain('write the value yourself')
})

it('allows a mask in the reason of an AccessRequest', async () => {
  const info = { apiGroup: 'jit.access', resource: 'accessrequests', namespace: '' }
  expect(await put({ spec: { reason: 'the log says [jit.access/masked]' } }, { info })).toEqual({ kind: 'unchanged' })
})

it('does not treat resources named secrets in other groups as Secrets', async () => {
  expect(await put(secret({ password: ph('password') }), { info: { apiGroup: 'example.com' } })).toMatchObject({ kind: 'refused' })
})

it('restores a placeholder in YAML that is not JSON', async () => {
  const yaml = `kind: Secret\ndata:\n  password: >-\n    ${ph('password')}\n`
  const result = await put(yaml, { contentType: 'application/apply-patch+yaml' })
  expect(bodyOf(result)).toEqual({ kind: 'Secret', data: { password: base64('correct horse battery') } })
  expect(await put(`${yaml}]`, { contentType: 'application/apply-patch+yaml' })).toMatchObject({ kind: 'refused' })
})

it('restores a placeholder in a JSON Patch that adds or replaces', async () => {
  const contentType = 'application/json-patch+json; charset=utf-8'
  const patch = [
    { op: 'replace', path: '/data/password', value: ph('password') },
    { op: 'add', path: '/data', value: { binary: ph('binary') } },
    { op: 'remove', path: '/data/old' },
  ]
  expect(bodyOf(await put(patch, { contentType }))).toEqual([
    { op: 'replace', path: '/data/password', value: base64('correct horse battery') },
    { op: 'add', path: '/data', value: { binary: base64(LIVE['shop/db/binary'] as Buffer) } },
    { op: 'remove', path: '/data/old' },
  ])
  for (const bad of [
    [{ op: 'test', path: '/data/password', value: ph('password') }],
    [{ op: 'replace', path: '/data/user', value: ph('password') }],
    [{ op: 'move', path: '/data/user', from: `/data/${ph('password')}` }],
    [{ op: 'add', path: `/data/${ph('password')}`, value: '' }],
    [ph('password')],
    { data: { password: ph('password') } },
  ])
    expect(await put(bad, { contentType })).toMatchObject({ kind: 'refused' })
})

it('restores `kubectl get -o yaml | kubectl apply -f -` completely, including nested last-applied annotations', async () => {
  const name = 'kubectl.kubernetes.io/last-applied-configuration'
  const inner = JSON.stringify(secret({ password: base64('correct horse battery') }, { stringData: { password: 'correct horse battery' } }))
  const outer = `${JSON.stringify({ ...secret({ password: base64('correct horse battery') }), metadata: { annotations: { [name]: inner } } })}\n`
  const live = {
    ...secret({ password: base64('correct horse battery') }),
    metadata: { name: 'db', namespace: 'shop', annotations: { [name]: outer } },
  }
  const read = masked('secret', JSON.stringify(live)).toString()
  expect(read).not.toContain(base64('correct horse battery'))
  expect(bodyOf(await put(read))).toEqual(live)
  expect(await put({ metadata: { annotations: { [name]: '[jit.access/masked]' } } })).toMatchObject({ kind: 'refused' })
})

it('rethrows errors of the lookup', async () => {
  const failing = restorePlaceholders(
    { info: SECRETS, contentType: 'application/json', body: Buffer.from(JSON.stringify(secret({ password: ph('password') }))) },
    { placeholders, lookup: () => Promise.reject(new Error('store is down')) },
  )
  await expect(failing).rejects.toThrow('store is down')
})
