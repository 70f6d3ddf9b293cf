import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MASK_TEXT } from '../../../../domain/mask/secret/mask-text.ts'
import { cuts, known, masked } from '../mask-fixtures.ts'

const RUNS = Number(process.env['JIT_FUZZ_RUNS'] ?? 10_000)
const matcher = known('postgres', 'admin', 'password', 'hello world')
const run = (body: unknown, size: number) => masked('json', JSON.stringify(body), { known: matcher, cuts: [size] }).toString()

describe('a weak value is hidden next to the name of a credential', () => {
  it.each([
    { body: { password: 'postgres' }, want: { password: MASK_TEXT } },
    { body: { spec: { dbPassword: 'hello world', db_password: 'admin' } }, want: { spec: { dbPassword: MASK_TEXT, db_password: MASK_TEXT } } },
    { body: { passwords: ['postgres', 'x', 'admin'] }, want: { passwords: [MASK_TEXT, 'x', MASK_TEXT] } },
    {
      body: {
        env: [
          { name: 'DB_PASSWORD', value: 'postgres' },
          { name: 'DB_USER', value: 'postgres' },
        ],
      },
      want: {
        env: [
          { name: 'DB_PASSWORD', value: MASK_TEXT },
          { name: 'DB_USER', value: 'postgres' },
        ],
      },
    },
    { body: { parameters: [{ key: 'apiKey', value: 'admin' }] }, want: { parameters: [{ key: 'apiKey', value: MASK_TEXT }] } },
    {
      body: { env: [{ name: 'DB_PASSWORD', from: { name: 'apiKey' }, value: 'postgres' }] },
      want: { env: [{ name: 'DB_PASSWORD', from: { name: 'apiKey' }, value: MASK_TEXT }] },
    },
    { body: { args: ['--password', 'postgres', 'postgres'] }, want: { args: ['--password', MASK_TEXT, 'postgres'] } },
    { body: { args: ['--cookie', 'postgres'], salt: 'admin' }, want: { args: ['--cookie', MASK_TEXT], salt: MASK_TEXT } },
    { body: { args: ['--password=postgres', 'postgres'] }, want: { args: [`--password=${MASK_TEXT}`, 'postgres'] } },
    { body: { url: 'postgres://postgres:postgres@postgres' }, want: { url: `postgres://postgres:${MASK_TEXT}@postgres` } },
    { body: { data: { PGPASSWORD: 'postgres', PGUSER: 'postgres' } }, want: { data: { PGPASSWORD: MASK_TEXT, PGUSER: 'postgres' } } },
    {
      body: { data: { '.env': 'PGUSER=postgres\nPGPASSWORD=postgres\n' } },
      want: { data: { '.env': `PGUSER=postgres\nPGPASSWORD=${MASK_TEXT}\n` } },
    },
  ])('%j', ({ body, want }) => {
    for (const size of [1, 3, 1000]) expect(run(body, size)).toBe(JSON.stringify(want))
    // The same with a letter of the value written as an escape.
    const escaped = JSON.stringify(body).replaceAll('"postgres"', '"postgr\\u0065s"')
    for (const size of [1, 1000]) expect(JSON.parse(masked('json', escaped, { known: matcher, cuts: [size] }).toString())).toEqual(want)
  })
})

describe('a weak value stays elsewhere', () => {
  it.each([
    { spec: { sessionAffinity: 'postgres', existingSecret: 'postgres', credentialBundlePath: 'admin', privateConnection: 'admin' } },
    { metadata: { name: 'postgres', namespace: 'admin', labels: { app: 'postgres' } } },
    { spec: { containers: [{ name: 'postgres', image: 'postgres', command: ['postgres'], env: [{ name: 'POSTGRES_USER', value: 'postgres' }] }] } },
    { valueFrom: { secretKeyRef: { name: 'postgres', key: 'password' } } },
    { secret: { secretName: 'postgres', items: [{ key: 'password', path: 'password' }] } },
    { tolerations: [{ key: 'postgres', value: 'admin' }] },
    { spec: { credentialsSecretName: 'postgres', passwordSecretRef: { name: 'postgres', key: 'password' }, passwordPolicy: 'admin' } },
    { pairs: [{ name: 'password' }, { value: 'postgres' }], name: 'password', other: { value: 'postgres' } },
    { args: ['--password', ['postgres']], user: 'postgres' },
    { args: ['--password', 1, 'postgres'] },
    { message: 'role "postgres" does not exist', password: 'postgres-2' },
    { secretName: 'postgres', rules: [{ verbs: ['get'], resources: ['admin'], resourceNames: ['postgres'] }] },
  ])('%j', (body) => {
    for (const size of [1, 3, 1000]) expect(run(body, size)).toBe(JSON.stringify(body))
  })
})

const word = fc.constantFrom(
  'password',
  '--password',
  '--cookie',
  '-p',
  'name',
  'key',
  'value',
  'salt',
  'user',
  'postgres',
  'admin',
  'hello world',
  'DB_PASSWORD=admin',
  'a',
  '',
)
const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof({ depthSize: 'small' }, word, fc.constantFrom(1, null, true), tie('array'), tie('object')),
  array: fc.array(tie('tree'), { maxLength: 5 }),
  object: fc.array(fc.tuple(word, tie('tree')), { maxLength: 5 }).map((pairs) => Object.fromEntries(pairs) as unknown),
}))
it('gives the same output however the JSON is cut, escaped and indented', () => {
  fc.assert(
    fc.property(fc.array(tree, { maxLength: 6 }), cuts, (body, sizes) => {
      const sent = JSON.stringify(body)
      const out = masked('json', sent, { known: matcher }).toString()
      expect(masked('json', sent, { known: matcher, cuts: sizes }).toString()).toBe(out)
      const wanted = JSON.parse(out) as unknown
      expect(JSON.parse(masked('json', JSON.stringify(body, null, 2), { known: matcher }).toString())).toEqual(wanted)
      const spelled = sent.replaceAll('s', '\\u0073')
      expect(JSON.parse(masked('json', spelled, { known: matcher }).toString())).toEqual(wanted)
      expect(JSON.parse(masked('json', spelled, { known: matcher, cuts: sizes }).toString())).toEqual(wanted)
    }),
    { numRuns: RUNS },
  )
})
