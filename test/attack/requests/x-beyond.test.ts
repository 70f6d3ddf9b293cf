import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { mintToken, uniqueName } from '../../cluster/environment.ts'
import { openHarness, type Harness } from '../harness.ts'

/** X. Reads, writes and requests for power, beyond the corpus. */
let harness: Harness
const MERGE = 'application/merge-patch+json'
const JIT = '/apis/jit.access/v1'
const base64 = (text: string): string => Buffer.from(text).toString('base64')
beforeAll(async () => {
  harness = await openHarness('attack-x')
  await harness.grant({ rules: [{ verbs: ['create', 'update', 'patch'], resources: ['secrets', 'configmaps'], namespaces: [harness.namespace] }] })
})
afterAll(() => harness.finish())

const post = (path: string, body: object): Promise<unknown> => harness.admin.json({ method: 'POST', path, body })
const configMap = (name: string, more: object) => post(harness.in('configmaps'), { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, ...more })
const maskOf = async (key = 'password', token?: string): Promise<string> => {
  const { text } = await harness.send(`GET ${harness.in('secrets/db')}`, token === undefined ? {} : { token })
  return (JSON.parse(text) as { readonly data: { readonly [key: string]: string } }).data[key] ?? ''
}
/** A value that could be a name or a key of an object. */
function plainCanary(): string {
  const made = `c4nplain${randomBytes(12).toString('hex')}tail0`
  harness.canaries.push(made)
  return made
}

describe('X. reads', () => {
  it('X21 Range and preconditions on Secrets reveal nothing: no ETag, no 206, no 304', async () => {
    for (const header of [
      'Range: bytes=0-10',
      'If-None-Match: *',
      'If-None-Match: "x"',
      'If-Match: "x"',
      'If-Modified-Since: Wed, 01 Jan 2031 00:00:00 GMT',
    ]) {
      const answer = await harness.send(`GET ${harness.in('secrets/db')}`, { headers: [header] })
      expect(answer.status).toBe(200)
      for (const name of ['etag', 'last-modified', 'content-range', 'accept-ranges']) expect(answer.headers.has(name)).toBe(false)
    }
  })
  it('X22 a value in a label, in an annotation or over several lines is masked; names of objects and fields stay', async () => {
    const [value, name] = [plainCanary(), plainCanary()]
    harness.shown.push(name)
    const lines = [plainCanary(), plainCanary()]
    await harness.secret('plain', { a: value, b: name, lines: lines.join('\n') })
    await configMap(name, {
      metadata: { name, labels: { a: value }, annotations: { [`x/${name.slice(0, 60)}`]: value } },
      data: { [name]: value },
    })
    await configMap('lines', { data: { a: `${lines[0]}\n---\n${lines[1]}` } })
    await harness.learned()
    for (const accept of ['application/json', 'application/json;as=Table;v=v1;g=meta.k8s.io'])
      expect((await harness.send(`GET ${harness.in('configmaps')}`, { headers: [`Accept: ${accept}`] })).status).toBe(200)
  })
  it('X23 an agent cannot use the masks or the grants of another agent', async () => {
    const other = await mintToken({ user: uniqueName('other'), groups: 'agents', audience: 'jit-gateway' })
    const mask = await maskOf()
    expect(await maskOf('password', other)).not.toBe(mask)
    const answer = await harness.json(`PATCH ${harness.in('secrets/db')}`, { data: { password: mask } }, { type: MERGE, token: other })
    expect(answer.status).toBe(403)
    const read = await harness.send(`GET ${JIT}/accessrequests`, { token: other })
    expect(read.status).toBe(200)
  })
  it('X24 a grant reveals one key, by get, to one agent', async () => {
    const shown = plainCanary()
    harness.shown.push(shown)
    await harness.secret('reveal', { open: shown, closed: harness.db })
    await harness.grant({ reveal: [{ namespace: harness.namespace, secret: 'reveal', keys: ['open'] }] })
    const coded = base64(shown)
    const get = await harness.send(`GET ${harness.in('secrets/reveal')}`)
    expect(get.text).toContain(coded)
    for (const query of ['?fieldSelector=metadata.name%3Dreveal', '?watch=1&timeoutSeconds=1&fieldSelector=metadata.name%3Dreveal'])
      expect((await harness.send(`GET ${harness.in('secrets')}${query}`)).text).not.toContain(coded)
    const other = await mintToken({ user: uniqueName('other'), groups: 'agents', audience: 'jit-gateway' })
    expect((await harness.send(`GET ${harness.in('secrets/reveal')}`, { token: other })).text).not.toContain(coded)
  })
})

describe('X. writes', () => {
  it('X25 a guess at the value of an immutable Secret is refused, whether right or wrong', async () => {
    const value = plainCanary()
    await harness.secret('frozen', { a: value }, { immutable: true })
    await harness.learned()
    for (const guess of [value, 'wrong']) {
      const answer = await harness.json(`PATCH ${harness.in('secrets/frozen')}?dryRun=All`, { data: { a: base64(guess) } }, { type: MERGE })
      expect(answer.status).toBe(403)
      harness.unseen(answer)
    }
  })
  it.each([
    ['a duplicate key', (mask: string) => `{"data":{"a":"${mask}"},"data":{"b":"c"}}`],
    ['an escaped key', (mask: string) => `{"\\u0064ata":{"a":"${mask}"}}`],
    ['an escaped value', (mask: string) => `{"data":{"a":"\\u00${mask.charCodeAt(0).toString(16)}${mask.slice(1)}"}}`],
    ['a mask in a mask', (mask: string) => `{"data":{"a":"${base64(mask)}"}}`],
    ['half a mask', (mask: string) => `{"data":{"a":"${mask.slice(0, 44)}"}}`],
    [
      'a mask as a key',
      (mask: string) => `{"data":{"${Buffer.from(mask, 'base64').toString().replaceAll('/', '_').replaceAll(':', '.')}":"jit.access/masked"}}`,
    ],
  ])('X26 a mask in a body with %s overwrites nothing', async (_, bodyOf) => {
    const answer = await harness.send(`PATCH ${harness.in('configmaps/copy')}`, { type: MERGE, body: bodyOf(await maskOf()) })
    expect(answer.status).toBe(422)
    harness.unseen(answer)
  })
  it.each([
    ['an anchor', 422, (mask: string) => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: copy}\nx: &a "${mask}"\ndata: {a: *a}\n`],
    [
      'a folded line',
      422,
      (mask: string) => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: copy}\ndata:\n  a: "${mask.slice(0, 20)}\\\n    ${mask.slice(20)}"\n`,
    ],
    // YAML 1.2 reads these as a key and a text.
    ['a merge key', 400, (mask: string) => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: copy}\nx: &a {a: "${mask}"}\ndata: {<<: *a}\n`],
    ['a tag', 400, (mask: string) => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: copy}\ndata: {a: !!binary "${base64(mask)}"}\n`],
  ])('X27 a mask in YAML with %s overwrites nothing', async (_, code, bodyOf) => {
    const line = `PATCH ${harness.in('configmaps/copy')}?fieldManager=x&force=true`
    const answer = await harness.send(line, { type: 'application/apply-patch+yaml', body: bodyOf(await maskOf()) })
    expect(answer.status).toBe(code)
    harness.unseen(answer)
  })
  it('X28 a mask in protobuf and invalid protobuf overwrite nothing', async () => {
    const mask = Buffer.from(await maskOf(), 'base64')
    const body = Buffer.concat([Buffer.from('k8s\0'), Buffer.from([0x12, mask.length + 2, 0x0a, mask.length]), mask])
    for (const path of ['configmaps', 'secrets']) {
      const answer = await harness.send(`POST ${harness.in(path)}`, { type: 'application/vnd.kubernetes.protobuf', body })
      expect(answer.status).toBe(422)
      harness.unseen(answer)
    }
  })
  it('X29 an alias bomb and deep nesting do not delay other requests', async () => {
    const bomb = [
      'a: &a [x,x,x,x,x,x,x,x]',
      ...Array.from(
        { length: 12 },
        (_, at) => `${'bcdefghijklm'[at]}: &${'bcdefghijklm'[at]} [${Array(8).fill(`*${'abcdefghijkl'[at]}`).join(',')}]`,
      ),
    ].join('\n')
    const line = `PATCH ${harness.in('configmaps/copy')}?fieldManager=x&force=true`
    for (const body of [bomb, '['.repeat(30_000), '{"a":'.repeat(100_000)])
      // What grows with a power would not be answered at all.
      expect((await harness.send(line, { type: 'application/apply-patch+yaml', body })).status).toBeGreaterThanOrEqual(400)
    expect((await harness.send('GET /api')).status).toBe(200)
  })
})

describe('X. power', () => {
  it('X30 groups of a token do not become Kubernetes groups', async () => {
    const token = await mintToken({ user: 'agent', audience: 'jit-gateway', groups: 'agents,jit.access:elevated:coding-agents,approvers,masters' })
    const answer = await harness.send(`GET ${harness.in('pods')}`, { token })
    expect(answer.status).toBe(200)
    const [event] = await harness.seen(answer)
    expect(event?.impersonatedUser?.groups?.filter((group) => group !== 'system:authenticated')).toEqual([
      'jit.access:agents',
      'jit.access:baseline:coding-agents',
    ])
  })
  it('X31 TokenReviews, SubjectAccessReviews of others and our own kinds are refused', async () => {
    const authz = 'authorization.k8s.io/v1'
    const asks: readonly (readonly [string, object])[] = [
      ['POST /apis/authentication.k8s.io/v1/tokenreviews', { spec: { token: 'x' } }],
      [`POST /apis/${authz}/subjectaccessreviews`, { spec: { user: 'admin' } }],
      [`POST ${harness.in('localsubjectaccessreviews', authz)}`, { spec: { user: 'admin' } }],
      [`POST ${JIT}/accessgrants`, {}],
      [`POST ${JIT}/accessgrants/any/claim`, { spec: { auditID: 'x' } }],
      [`DELETE ${JIT}/accesspolicies/coding-agents`, {}],
      [`PATCH ${JIT}/accesspolicies/coding-agents`, { spec: { mode: 'Shadow' } }],
      ['POST /apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {}],
      ['PATCH /apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/jit-access', {}],
      ['DELETE /apis/apiregistration.k8s.io/v1/apiservices/v1.jit.access', {}],
      ['POST /api/v1/nodes', {}],
      ['PUT /api/v1/namespaces/jit-system/finalize', {}],
    ]
    for (const [line, body] of asks) {
      const answer = await harness.heldOrAnswered(line, { type: 'application/json', body: JSON.stringify(body) })
      expect([0, 403], line).toContain(answer.status)
      harness.unseen(answer)
    }
  })
})
