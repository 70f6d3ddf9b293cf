import { describe, expect, it } from 'vitest'
import { parse as parseYaml } from 'yaml'
import { comparesValues, refuseHiddenSelector, refuseOracle, type SecretRead } from '../../../../domain/mask/restore/oracles.ts'
import { maskSecretStatus } from '../../../../domain/mask/secret/secret-status.ts'
import { base64, shownFor } from '../mask-fixtures.ts'

const GUESS = base64('a guess at the value')
const refused = (read: Partial<SecretRead>): boolean =>
  refuseOracle({ resource: 'secrets', parseYaml: (text) => parseYaml(text) as unknown, ...read }) !== undefined
const patch = (...operations: readonly unknown[]) =>
  refused({ contentType: 'application/json-patch+json', body: Buffer.from(JSON.stringify(operations)) })
const apply = (body: unknown, more: Partial<SecretRead> = {}) =>
  refused({ contentType: 'application/apply-patch+yaml', body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)), ...more })
const merge = (body: unknown, more: Partial<SecretRead> = {}) =>
  refused({ contentType: 'application/merge-patch+json', body: Buffer.from(JSON.stringify(body)), ...more })

describe('a field selector on Secrets', () => {
  it.each(['data.password=x', 'metadata.name=db,data.password==x', 'data!=x', 'stringData.a=x', 'type=Opaque, data.x = y'])(
    'is refused: %s',
    (fieldSelector) => expect(refused({ fieldSelector })).toBe(true),
  )
  it.each(['', 'metadata.name=db', 'type!=Opaque,metadata.namespace=shop'])('is allowed: %j', (fieldSelector) =>
    expect(refused({ fieldSelector })).toBe(false),
  )
})

describe('a JSON Patch of a Secret', () => {
  it('may not test a path that may contain a value', () => {
    for (const path of ['/data/password', '/data', '', '/metadata', '/metadata/annotations/x', '/stringData/a', '/metadata/labels', undefined])
      expect(patch({ op: 'test', path, value: 'x' })).toBe(true)
    for (const path of ['/metadata/resourceVersion', '/type', '/metadata/labels/app']) expect(patch({ op: 'test', path, value: 'x' })).toBe(false)
  })
  it('may not copy or move a value to a visible place', () => {
    for (const [from, path] of [
      ['/data/a', '/metadata/labels/a'],
      ['/data', '/metadata/annotations'],
      ['/data/a', '/stringData/a'],
      ['/metadata/annotations/a', '/data/a'],
      ['', '/data/a'],
    ])
      for (const op of ['copy', 'move']) expect(patch({ op, from, path })).toBe(true)
    expect(patch({ op: 'copy', from: '/data/a', path: '/data/b' })).toBe(false)
  })
  it('may write, but is refused if it has an unknown operation', () => {
    expect(patch({ op: 'add', path: '/data/a', value: GUESS }, { op: 'remove', path: '/data/b' })).toBe(false)
    for (const odd of [{ op: 'Test', path: '/data/a' }, { path: '/data/a' }, null, 'x']) expect(patch(odd)).toBe(true)
    expect(refused({ contentType: 'application/json-patch+json', body: Buffer.from('{}') })).toBe(true)
  })
})

const compared = (body: unknown, more: Partial<SecretRead> = {}): boolean =>
  comparesValues({
    resource: 'secrets',
    contentType: 'application/apply-patch+yaml',
    body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
    parseYaml: (text) => parseYaml(text) as unknown,
    ...more,
  })
describe('writes that would only test a guess', () => {
  it('server-side apply of values without force needs a trial, and is refused if ambiguous', () => {
    for (const body of [{ data: { password: GUESS } }, `data:\n  password: ${GUESS}\n`, { stringData: { password: 'a guess' } }]) {
      expect(apply(body)).toBe(false)
      expect(compared(body)).toBe(true)
      expect(compared(body, { force: true })).toBe(false)
      expect(compared(body, { contentType: 'application/merge-patch+json' })).toBe(false)
    }
    for (const odd of ['data: [', `{"data":{"password":"${GUESS}"},"data":{}}`, { data: GUESS }, '<<: {data: {a: eA==}}']) {
      expect(apply(odd)).toBe(true)
      expect(apply(odd, { force: true })).toBe(false)
    }
    expect(compared({ data: { password: shownFor('password', 'x') }, metadata: { labels: { a: 'b' } } })).toBe(false)
  })
  it('values for an immutable Secret are refused', () => {
    const immutable = true
    expect(merge({ data: { password: GUESS } }, { immutable })).toBe(true)
    expect(merge({ data: { password: GUESS } })).toBe(false)
    expect(merge({ metadata: { labels: { a: 'b' } } }, { immutable })).toBe(false)
    expect(refused({ contentType: 'application/vnd.kubernetes.protobuf', body: Buffer.from('k8s\0'), immutable })).toBe(true)
    const change = (path: string) =>
      refused({ contentType: 'application/json-patch+json', body: Buffer.from(JSON.stringify([{ op: 'add', path, value: 'x' }])), immutable })
    expect(change('/data/a')).toBe(true)
    expect(change('')).toBe(true)
    expect(change('/metadata/labels/a')).toBe(false)
  })
})

it('allows a field selector on other resources', () => expect(refuseOracle({ resource: 'configmaps', fieldSelector: 'data.x=y' })).toBeUndefined())

const status = (body: unknown, code = 422) =>
  JSON.parse(
    maskSecretStatus(Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)), { status: code, name: 'db' }).toString(),
  ) as Record<string, unknown>

describe('error responses on Secrets routes', () => {
  it('are rebuilt from parts that cannot quote a value', () => {
    const out = status({
      kind: 'Status',
      reason: 'Invalid',
      message: 'data[password]: Invalid value: "hunter2"',
      code: 422,
      details: { name: 'hunter2', causes: [{ reason: 'FieldValueInvalid', message: 'hunter2', field: 'data[password]' }, { field: 'a"hunter2' }] },
    })
    expect(JSON.stringify(out)).not.toContain('hunter2')
    expect(out).toMatchObject({
      kind: 'Status',
      code: 422,
      reason: 'Invalid',
      details: { name: 'db', causes: [{ reason: 'FieldValueInvalid', field: 'data[password]' }, {}] },
    })
  })
  it.each([
    'hunter2',
    '"hunter2"',
    '["hunter2"]',
    '{"message":"hunter2","reason":"hunter2 is it","code":"hunter2"}',
    '<html>hunter2',
    `{"message":"${'x'.repeat(300_000)}hunter2"}`,
    '',
  ])('quote no value of the body %j', (body) => {
    const out = status(body, 500)
    expect(JSON.stringify(out)).not.toContain('hunter2')
    expect(out).toMatchObject({ kind: 'Status', status: 'Failure', code: 500 })
  })
  it('keep retryAfterSeconds', () =>
    expect(status({ reason: 'TooManyRequests', details: { retryAfterSeconds: 3 } }, 429)).toMatchObject({
      reason: 'TooManyRequests',
      details: { retryAfterSeconds: 3 },
    }))
})

const label = (labelSelector: string, ...fields: string[]) => refuseHiddenSelector({ labelSelector }, fields) !== undefined
describe('a selector on fields that a policy hides', () => {
  const hidden = ['.spec.token', '.spec.list[*].key', '.status.*.value', '.metadata["a.b"]']
  it.each(['spec.token=x', 'metadata.name=a,spec.token!=x', 'spec.token==x', 'spec=x', 'spec.token.inner=x', 'status.any.value=x', 'spec.list=x'])(
    '%s is refused',
    (fieldSelector) => expect(refuseHiddenSelector({ fieldSelector }, hidden)).toMatchObject({ code: 403 }),
  )
  it.each(['', 'metadata.name=a', 'spec.tokens=x', 'status.phase.name=Running', 'spec.nodeName=a'])('%j is allowed', (fieldSelector) =>
    expect(refuseHiddenSelector({ fieldSelector }, hidden)).toBeUndefined(),
  )
  it('any selector is allowed if no field is hidden', () =>
    expect(refuseHiddenSelector({ fieldSelector: 'spec.token=x', labelSelector: 'a=b' })).toBeUndefined())
  it('a selector on hidden labels is refused', () => {
    for (const field of ['.metadata', '.metadata.labels', '.metadata.labels.*', '.*', '.metadata.labels["a/b"]'])
      for (const selector of ['a/b=x', 'a/b', '!a/b', 'x=y,a/b in (p,q)', 'a/b notin (p)'])
        expect(label(selector, field), `${selector} ${field}`).toBe(true)
    expect(label('x=y', '.metadata.labels["a/b"]')).toBe(false)
    expect(label('', '.metadata.labels')).toBe(false)
    expect(label('x=y', '.spec.token')).toBe(false)
  })
  it.each([{ fieldSelector: 'spec.list' }, { labelSelector: 'a b' }])("%o, which cannot be parsed, is rejected with the parser's error", (selector) =>
    expect(() => refuseHiddenSelector(selector, hidden)).toThrow('Selector'),
  )
})
