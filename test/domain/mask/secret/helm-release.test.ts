import { randomBytes } from 'node:crypto'
import { gunzipSync, gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { parse as parseYaml } from 'yaml'
import { releasedIn, type Codecs } from '../../../../domain/mask/secret/helm-release.ts'
import { createKnownValues } from '../../../../domain/mask/match/known-values.ts'
import { createMasker } from '../../../../domain/mask/masker.ts'
import { MASK_TEXT } from '../../../../domain/mask/secret/mask-text.ts'
import { releasedValue } from '../../../../domain/mask/restore/restore-release.ts'
import { restorePlaceholders } from '../../../../domain/mask/restore/write-back.ts'
import { entry, envelope, field } from '../protobuf.ts'
import { base64, known, masked, nothingKnown, placeholders, shownFor } from '../mask-fixtures.ts'

const codecs: Codecs = { gunzip: (bytes) => gunzipSync(bytes, { maxOutputLength: 1 << 20 }), gzip: (bytes) => gzipSync(bytes) }
const NAME = 'sh.helm.release.v1.web.v1'
const random = (): string => randomBytes(18).toString('base64url')
const [IN_VALUES, LIVE, OTHER] = [random(), random(), random()]
const CANARIES = [IN_VALUES, 'k9', 'an-inline-password', 'flow-style-9', 'second line of it', LIVE]

const manifest = `---
# Source: web/templates/secret.yaml
apiVersion: v1
kind: Secret
metadata:
  name: web
data:
  short: ${base64('k9')}
  "quoted": ${base64('an-inline-password')}
stringData:
  lines: |
    first line
    second line of it
  next: ${LIVE}
type: Opaque
---
kind: Secret
metadata: { name: flow }
data: { a: ${base64('flow-style-9')} }
---
kind: Deployment
spec:
  replicas: 2
  env: ${LIVE}
`
const release = {
  name: 'web',
  version: 1,
  namespace: 'shop',
  info: { status: 'deployed', notes: `log in with ${IN_VALUES}` },
  chart: { metadata: { name: 'web', version: '1.2.3' }, values: { password: '' } },
  config: { db: { password: IN_VALUES, replicas: 3 }, empty: '' },
  manifest,
  hooks: [{ name: 'h', manifest: `kind: List\nitems:\n- kind: Secret\n  data: {a: ${base64('flow-style-9')}}\n` }],
}
const released = releasedIn('shop', placeholders)
const pack = (tree: unknown) => gzipSync(JSON.stringify(tree)).toString('base64')
const unpack = (text: string) => JSON.parse(gunzipSync(Buffer.from(text, 'base64')).toString()) as typeof release
const options = { known: known(LIVE), codecs, cuts: [700] }
const inSecret = (value: string, name = NAME) =>
  JSON.stringify({ metadata: { name, namespace: 'shop' }, data: { release: value }, type: 'helm.sh/release.v1' })
const readSecret = (body: string, more: Parameters<typeof masked>[2] = {}) => {
  const out = masked('secret', body, { ...options, ...more }).toString()
  return (JSON.parse(out) as { data: { release: string } }).data.release
}
const readRelease = () => unpack(Buffer.from(readSecret(inSecret(base64(pack(release)))), 'base64').toString())

const stands = (key: string, lines: string, from: 'data' | 'stringData' = 'data') => released({ secret: 'web', key, field: from, lines })
const inText = (key: string, lines: string) => Buffer.from(stands(key, lines, 'stringData'), 'base64').toString()
describe('a Helm release in a Secret', () => {
  it('keeps what helm shows and contains no value', () => {
    const read = readRelease()
    for (const canary of CANARIES) for (const form of [canary, base64(canary)]) expect(JSON.stringify(read).includes(form), form).toBe(false)
    expect(read).toMatchObject({
      name: 'web',
      version: 1,
      info: { status: 'deployed' },
      chart: release.chart,
      config: { db: { password: MASK_TEXT, replicas: 3 }, empty: '' },
    })
    expect(read.info.notes).toBe(`log in with ${MASK_TEXT}`)
    const secret = read.manifest.split('---\n')[1]
    expect(secret).toBe(
      `# Source: web/templates/secret.yaml\napiVersion: v1\nkind: Secret\nmetadata:\n  name: web\ndata:\n  short: ${stands('short', base64('k9'))}\n  "quoted": ${stands('quoted', base64('an-inline-password'))}\n` +
        `stringData:\n  lines: "${inText('lines', '|\n    first line\n    second line of it')}"\n  next: "${inText('next', LIVE)}"\ntype: Opaque\n`,
    )
    expect(read.manifest).toContain(`kind: Deployment\nspec:\n  replicas: 2\n  env: ${MASK_TEXT}\n`)
  })
  it('gives the same output at every cut', () => {
    const body = inSecret(base64(pack(release)))
    for (const size of [1, 7, 64, 100_000]) expect(readSecret(body, { cuts: [size] })).toBe(readSecret(body))
  })
  it.each([
    ['not a release', base64('correct horse battery')],
    ['gzip of something else', base64(gzipSync('["x"]').toString('base64'))],
    ['a decompression bomb', base64(gzipSync(Buffer.alloc(2 << 20)).toString('base64'))],
    ['nested too deeply', base64(gzipSync(`{"a":${'['.repeat(50_000)}${']'.repeat(50_000)}}`).toString('base64'))],
  ])('is masked whole if it is %s', (_, value) =>
    expect(readSecret(inSecret(value))).toBe(placeholders.of({ namespace: 'shop', secret: NAME, key: 'release' }, value)),
  )
  it('is masked whole without codecs, and under another name', () => {
    const value = base64(pack(release))
    const out = masked('secret', inSecret(value), { known: nothingKnown }).toString()
    expect(out).toContain(placeholders.of({ namespace: 'shop', secret: NAME, key: 'release' }, value))
    expect(readSecret(inSecret(value, 'db'))).toBe(placeholders.of({ namespace: 'shop', secret: 'db', key: 'release' }, value))
  })
})

const read = (text: string, cuts = [3]) =>
  (JSON.parse(masked('json', JSON.stringify({ data: { release: text } }), { ...options, cuts }).toString()) as { data: { release: string } }).data
    .release

describe('compressed text elsewhere', () => {
  it('is masked like a Helm release in a ConfigMap', () => {
    for (const cuts of [[1], [5], [100_000]]) expect(unpack(read(pack(release), cuts)).config.db).toEqual({ password: MASK_TEXT, replicas: 3 })
  })
  it('is masked only if it contains a known value or cannot be unpacked', () => {
    const plain = gzipSync('nothing of interest').toString('base64')
    for (const cuts of [[1], [2], [100_000]]) {
      expect(read(plain, cuts)).toBe(plain)
      expect(read(gzipSync(`it is ${LIVE}`).toString('base64'), cuts)).toBe(MASK_TEXT)
      for (const odd of ['H4sI', 'H4sI is not gzip']) expect(read(odd, cuts)).toBe(MASK_TEXT)
      expect(read(gzipSync(Buffer.alloc(2 << 20)).toString('base64'), cuts)).toBe(MASK_TEXT)
      for (const short of ['H4s', 'H4', '', `Hello ${LIVE}`]) expect(read(short, cuts)).toBe(short.replace(LIVE, MASK_TEXT))
    }
  })
})

const bytes = (text: string) =>
  envelope(Buffer.concat([field(1, field(1, NAME)), field(2, ...entry('release', text)), field(3, 'helm.sh/release.v1')]))
const superseded = () => ({ ...readRelease(), info: { ...readRelease().info, status: 'superseded' } })

describe('a release that is written back', () => {
  const live = pack(release)
  let revisions: readonly Buffer[] = []
  const put = (body: string | Buffer, contentType = 'application/json', name = NAME) =>
    restorePlaceholders(
      { info: { apiGroup: '', resource: 'secrets', subresource: '', namespace: 'shop', name }, contentType, body: Buffer.from(body) },
      {
        placeholders,
        lookup: (_, secret, key) => (secret === NAME && key === 'release' ? Buffer.from(live) : undefined),
        unpacking: { known: options.known, codecs, released },
        revisions: async () => revisions,
      },
    )
  const wanted = { ...release, info: { ...release.info, status: 'superseded' } }

  it('gets its values restored, whatever else changed', async () => {
    const result = await put(inSecret(base64(pack(superseded()))))
    expect(result).toMatchObject({ kind: 'restored', keys: ['release'] })
    const sent = result.kind === 'restored' ? (JSON.parse(result.body.toString()) as { data: { release: string } }).data.release : ''
    expect(unpack(Buffer.from(sent, 'base64').toString())).toEqual(wanted)
  })
  it('gets its values restored in protobuf, which helm sends', async () => {
    const result = await put(bytes(pack(superseded())), 'application/vnd.kubernetes.protobuf')
    expect(result).toMatchObject({ kind: 'restored', keys: ['release'] })
    const text = result.kind === 'restored' ? /H4sI[A-Za-z0-9+/=]+/.exec(result.body.toString('latin1'))?.[0] : undefined
    expect(unpack(text ?? '')).toEqual(wanted)
    expect(await put(bytes(live), 'application/vnd.kubernetes.protobuf')).toEqual({ kind: 'unchanged' })
  })
  it('is refused if its masks are in other places or not of a live release', async () => {
    const moved = { ...readRelease(), config: { other: MASK_TEXT } }
    expect(await put(inSecret(base64(pack(moved))))).toMatchObject({ kind: 'refused' })
    const next = 'sh.helm.release.v1.web.v2'
    expect(await put(inSecret(base64(pack(superseded())), next), 'application/json', '')).toMatchObject({ kind: 'refused' })
  })
  it('is left unchanged if nothing in it is masked', async () => {
    expect(await put(inSecret(base64(live)))).toEqual({ kind: 'unchanged' })
    expect(await put(inSecret(shownFor('release', live, NAME)))).toMatchObject({ kind: 'restored' })
    expect(await put(inSecret(shownFor('release', 'x', NAME)))).toMatchObject({ kind: 'refused', code: 409 })
  })
  it('becomes a new revision with the values of the revision that a rollback names', async () => {
    const other = {
      ...release,
      version: 2,
      info: { ...release.info, notes: `log in with ${OTHER}` },
      config: { db: { password: OTHER, replicas: 3 }, empty: '' },
    }
    revisions = [Buffer.from(pack(other)), Buffer.from(live)]
    const next = { ...readRelease(), version: 3, info: { ...readRelease().info, description: 'Rollback to 1' } }
    const name = 'sh.helm.release.v1.web.v3'
    const result = await put(inSecret(base64(pack(next)), name), 'application/json', '')
    const sent = result.kind === 'restored' ? (JSON.parse(result.body.toString()) as { data: { release: string } }).data.release : ''
    expect(unpack(Buffer.from(sent, 'base64').toString())).toEqual({
      ...release,
      version: 3,
      info: { ...release.info, description: 'Rollback to 1' },
    })
    const unnamed = { ...next, info: readRelease().info }
    expect(await put(inSecret(base64(pack(unnamed)), name), 'application/json', '')).toMatchObject({ kind: 'refused' })
    revisions = []
  })
  it('restores a Secret value in its manifest only from its own placeholder', async () => {
    const by = { placeholders, codecs, parseYaml: (text: string) => parseYaml(text) as unknown }
    const value = (key: string, place = { namespace: 'shop', secret: 'web', key }) => {
      const decoded = Buffer.from(released({ secret: 'web', key, field: 'data', lines: base64('k9') }), 'base64').toString('latin1')
      return releasedValue(Buffer.from(live), { decoded, place }, by)?.toString()
    }
    expect(value('short')).toBe('k9')
    expect(value('quoted')).toBeUndefined()
    expect(value('short', { namespace: 'shop', secret: 'api', key: 'short' })).toBeUndefined()
    expect(value('short', { namespace: 'bank', secret: 'web', key: 'short' })).toBeUndefined()
  })
})

it('compressed text that is itself a Secret value is masked elsewhere', () => {
  const value = pack({ just: 'some settings, and nothing that is known' })
  const values = createKnownValues([{ namespace: 'shop', secret: 'packed', key: 'settings', value: Buffer.from(value) }])
  const masker = createMasker('json', { known: values, placeholders, codecs })
  const answer = Buffer.from(JSON.stringify({ kind: 'ConfigMap', data: { copy: value } }))
  expect(Buffer.concat([masker.push(answer), masker.end()]).toString()).toBe(`{"kind":"ConfigMap","data":{"copy":"${MASK_TEXT}"}}`)
})
