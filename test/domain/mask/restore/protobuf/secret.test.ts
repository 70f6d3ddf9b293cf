import { expect, it } from 'vitest'
import { restorePlaceholders } from '../../../../../domain/mask/restore/write-back.ts'
import { entry, envelope, field, number, varint } from '../../protobuf.ts'
import { base64, place, placeholders } from '../../mask-fixtures.ts'

const VALUE = Buffer.concat([
  Buffer.from('a value longer than its placeholder, so that two-byte length prefixes come into being '),
  Buffer.alloc(120, 0xfe),
])
const decoded = (key: string) => Buffer.from(placeholders.unvarying(place(key)), 'base64')

const message = (password: Buffer, more: { annotation?: string; name?: string; rest?: Buffer } = {}) => {
  const metadata = field(
    1,
    field(1, more.name ?? 'db'),
    field(3, 'shop'),
    number(7, 12),
    field(8, number(1, 1_760_000_000)),
    field(12, ...entry('kubectl.kubernetes.io/last-applied-configuration', more.annotation ?? '{}')),
    field(12, ...entry('note', 'kept')),
  )
  const secret = Buffer.concat([
    metadata,
    field(2, ...entry('password', password)),
    field(2, ...entry('other', 'plain')),
    field(3, 'Opaque'),
    number(5, 0),
    more.rest ?? Buffer.alloc(0),
  ])
  return envelope(secret)
}
const put = (body: Buffer, info: { name?: string; resource?: string } = {}) =>
  restorePlaceholders(
    {
      info: { apiGroup: '', resource: 'secrets', subresource: '', namespace: 'shop', name: 'db', ...info },
      contentType: 'application/vnd.kubernetes.protobuf',
      body,
    },
    { placeholders, lookup: (namespace, name, key) => (`${namespace}/${name}/${key}` === 'shop/db/password' ? VALUE : undefined) },
  )

it('restores a value and adjusts every length around it', async () => {
  expect(await put(message(decoded('password')))).toEqual({ kind: 'restored', body: message(VALUE), keys: ['password'] })
  expect(await put(message(decoded('password')), { name: '' })).toMatchObject({ kind: 'restored' })
})

const inside = (password: string) => JSON.stringify({ data: { password } })
it('restores a value in last-applied', async () => {
  const sent = message(Buffer.from('new'), { annotation: inside(placeholders.unvarying(place('password'))) })
  expect(await put(sent)).toEqual({ kind: 'restored', body: message(Buffer.from('new'), { annotation: inside(base64(VALUE)) }), keys: ['password'] })
})

it('leaves a body without placeholders unchanged', async () => expect(await put(message(VALUE))).toEqual({ kind: 'unchanged' }))

it.each<[string, Buffer, { name?: string; resource?: string }?]>([
  ['another key', message(decoded('user'))],
  ['another Secret', message(decoded('password'), { name: 'other' }), { name: 'other' }],
  ['stringData', message(VALUE, { rest: field(4, ...entry('password', decoded('password'))) })],
  ['an unknown field', message(VALUE, { rest: field(9, decoded('password')) })],
  ['another kind', message(decoded('password')), { resource: 'configmaps' }],
  ['a body without envelope', message(decoded('password')).subarray(4)],
  ['a truncated body', message(decoded('password')).subarray(0, -20)],
  ['a group', message(VALUE, { rest: Buffer.concat([varint(9 * 8 + 3), decoded('password'), varint(9 * 8 + 4)]) })],
])('refuses %s', async (_, body, info = {}) => {
  const result = await put(body, info)
  expect(result).toMatchObject({ kind: 'refused', code: 422 })
})
