import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { refuseHiddenWrite } from '../../../../domain/mask/restore/hidden-oracles.ts'
import { goalsOf } from '../../../../domain/mask/restore/hidden-paths.ts'
import { otherHiddenValues, otherSecretValues } from '../../../../domain/mask/restore/other-values.ts'

const FIELDS = ['.data.dsn', '.data["a/b"]', '.spec.users[*].token', '.spec.tags[*]', '.spec.users[*].name']
const JSON_PATCH = 'application/json-patch+json'
const refused = (tree: unknown, contentType = JSON_PATCH, more: { dryRun?: boolean; apiGroup?: string } = {}): boolean =>
  refuseHiddenWrite({ verb: 'patch', apiGroup: '', contentType, tree, dryRun: false, fields: FIELDS, ...more }) !== undefined

describe('a JSON Patch', () => {
  it.each([
    '/data/dsn',
    '/data',
    '',
    '/data/a~1b',
    '/data/dsn/deeper',
    '/spec',
    '/spec/users',
    '/spec/users/0/token',
    '/spec/users/-/token',
    '/spec/users/-1',
    '/spec/tags/3',
    '/metadata',
    '/metadata/annotations',
    '/metadata/annotations/kubectl.kubernetes.io~1last-applied-configuration',
    '/metadata/managedFields/0',
    'x/data/dsn',
    undefined,
    7,
  ])('may not read %j', (path) => {
    expect(refused([{ op: 'test', path, value: 'x' }])).toBe(true)
    for (const op of ['copy', 'move'])
      expect(
        refused([
          { op: 'add', path: '/data/x', value: '' },
          { op, from: path, path: '/data/x' },
        ]),
      ).toBe(true)
  })
  it.each(['x/data/dsn', 'data/dsn', undefined, 7])('may not write to %j, which only upstream interprets', (path) => {
    for (const op of ['add', 'replace', 'remove']) expect(refused([{ op, path, value: 'x' }])).toBe(true)
  })
  it.each(['/data/other', '/data/dsn2', '/metadata/resourceVersion', '/metadata/labels/a', '/spec/users/0/role', '/metadata/annotations/note'])(
    'may read %s',
    (path) =>
      expect(
        refused([
          { op: 'test', path, value: 'x' },
          { op: 'copy', from: path, path: '/data/x' },
        ]),
      ).toBe(false),
  )
  it('may overwrite a hidden field, except in a dry run', () => {
    const patch = [{ op: 'replace', path: '/data', value: { dsn: 'guess' } }]
    expect(refused(patch)).toBe(false)
    expect(refused(patch, JSON_PATCH, { dryRun: true })).toBe(true)
    expect(refused([{ op: 'replace', path: '/data/other', value: 'x' }], JSON_PATCH, { dryRun: true })).toBe(false)
  })
})

const applied = (data: object) => ({
  metadata: { annotations: { 'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify({ data }) } },
})
describe('a merge', () => {
  const strategic = 'application/strategic-merge-patch+json'
  it.each([
    { spec: { tags: ['guess'] } },
    { spec: { '$deleteFromPrimitiveList/tags': ['guess'] } },
    { spec: { '$setElementOrder/tags': ['guess'] } },
    { spec: { users: [{ name: 'guess', $patch: 'delete' }] } },
  ])('may not test a list for its items: %j', (tree) => {
    for (const type of [strategic, 'application/apply-patch+yaml']) expect(refused(tree, type)).toBe(true)
    expect(refused(tree, 'application/merge-patch+json')).toBe(false)
  })
  it('may set a hidden field of an item, unless it may be a list key of a custom resource', () => {
    const tree = { spec: { users: [{ id: 1, token: 'x' }] } }
    expect(refused(tree, strategic)).toBe(false)
    expect(refused(tree, 'application/apply-patch+yaml', { apiGroup: 'example.com' })).toBe(true)
  })
  it('is refused if its body is ambiguous', () => expect(refused(undefined, strategic)).toBe(true))
  it('of a copy in an annotation counts as a write of its fields', () => {
    expect(refused(applied({ dsn: 'x' }), strategic, { dryRun: true })).toBe(true)
    expect(refused(applied({ other: 'x' }), strategic, { dryRun: true })).toBe(false)
  })
})

/** RFC 6902 on objects, without lists. Returns undefined if the patch fails. */
function patched(tree: unknown, operations: readonly Operation[]): unknown {
  const root = { root: structuredClone(tree) } as Record<string, unknown>
  const find = (pointer: string) => {
    const steps = ['root', ...pointer.split('/').slice(1)]
    const last = steps.pop() as string
    const parent = steps.reduce<unknown>((node, step) => (node as Record<string, unknown> | undefined)?.[step], root)
    return typeof parent === 'object' && parent !== null ? { parent: parent as Record<string, unknown>, last } : undefined
  }
  for (const { op, path, from, value } of operations) {
    const [to, source] = [find(path), find(from)]
    if (to === undefined) return undefined
    if (op === 'test' && JSON.stringify(to.parent[to.last]) !== JSON.stringify(value)) return undefined
    if ((op === 'remove' || op === 'replace') && !(to.last in to.parent)) return undefined
    if ((op === 'copy' || op === 'move') && (source === undefined || !(source.last in source.parent))) return undefined
    const moved = structuredClone(source?.parent[source.last])
    if (op === 'move') delete source?.parent[source.last]
    if (op === 'remove') delete to.parent[to.last]
    if (op === 'add' || op === 'replace') to.parent[to.last] = structuredClone(value)
    if (op === 'copy' || op === 'move') to.parent[to.last] = moved
  }
  return root['root']
}
type Operation = { readonly op: string; readonly path: string; readonly from: string; readonly value: unknown }

const shown = (dsn: string, operations: readonly Operation[]) => {
  const after = patched({ data: { dsn, other: 'o' }, spec: { x: 'x' } }, operations) as { data?: { dsn?: unknown } } | undefined
  return JSON.stringify(after, (key, value: unknown) => (key === 'dsn' && typeof value === 'string' ? 'hidden' : value))
}
it('a JSON Patch that is allowed has the same outcome for any two hidden values', () => {
  const pointer = fc.constantFrom('', '/data', '/data/dsn', '/data/other', '/spec', '/spec/x', '/data/dsn/x')
  const operation = fc.record({
    op: fc.constantFrom('test', 'copy', 'move', 'add', 'replace', 'remove'),
    path: pointer,
    from: pointer,
    value: fc.constantFrom('one', 'two', { dsn: 'one' }, { x: 'two' }),
  })
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 4 }), (operations) => {
      fc.pre(!refused(operations))
      expect(shown('one', operations)).toBe(shown('two', operations))
    }),
    { numRuns: 2000 },
  )
})

const random = (below: number) => Math.floor(Math.random() * below)
const trial = (tree: unknown, sent = tree, isJsonPatch = false) => otherHiddenValues({ sent, outgoing: tree, isJsonPatch, random }, goalsOf(FIELDS))
describe('a trial', () => {
  it('replaces only the values that the agent may have guessed', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.string(), (guess, other) => {
        const tried = trial({ data: { dsn: guess, other } }) as { data: { dsn: string; other: string } }
        expect(tried.data.dsn).not.toBe(guess)
        expect(tried.data.other).toBe(other)
      }),
    )
  })
  it('is not needed if the write sets no hidden value, or only restored ones', () => {
    expect(trial({ data: { other: 'x' } })).toBeUndefined()
    expect(trial({ data: { dsn: 'live' } }, { data: { dsn: '[jit.access/masked]' } })).toBeUndefined()
    expect(trial([{ op: 'add', path: '/data/dsn', value: 'guess' }], [], true)).toBeUndefined()
  })
  it('of a Secret has other values in the same keys, and JSON in place of JSON', () => {
    const data = { a: Buffer.from('guess').toString('base64'), '.dockerconfigjson': Buffer.from('{"auths":{}}').toString('base64') }
    const tree = { kind: 'Secret', data, stringData: { b: 'guess' } }
    const tried = otherSecretValues({ sent: tree, outgoing: tree, isJsonPatch: false, random }) as typeof tree
    expect(Object.keys(tried.data)).toEqual(Object.keys(data))
    for (const key of ['a', '.dockerconfigjson'] as const) expect(tried.data[key]).not.toBe(data[key])
    expect(JSON.parse(Buffer.from(tried.data['.dockerconfigjson'], 'base64').toString())).toHaveProperty('other')
    expect(tried.stringData.b).not.toBe('guess')
  })
})
