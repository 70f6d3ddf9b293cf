import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { until } from '../../until.ts'
import { openHarness, type Harness } from '../harness.ts'
import { newCanary } from '../oracles/canary.ts'

/** D. Encodings and masking. At the end every response is searched for values that must not be in it: oracle O1. */
let harness: Harness
const base64 = (text: string): string => Buffer.from(text).toString('base64')
const MERGE = 'application/merge-patch+json'
beforeAll(async () => {
  harness = await openHarness('attack-d')
  const verbs = ['create', 'update', 'patch']
  await harness.grant({ rules: [{ verbs, resources: ['secrets', 'configmaps'], namespaces: [harness.namespace] }] })
})
afterAll(() => harness.finish())

const secrets = (rest = ''): string => harness.in(`secrets${rest}`)
/** A further value that must not be in any response. */
function canary(): string {
  const made = newCanary()
  harness.canaries.push(made)
  return made
}
const configMap = (name: string, data: { readonly [key: string]: string }): Promise<unknown> =>
  harness.admin.json({
    method: 'POST',
    path: harness.in('configmaps'),
    body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: harness.namespace }, data },
  })
async function reads(line: string, status = 200, headers: readonly string[] = []): Promise<string> {
  const answer = await harness.send(line, { headers })
  expect(answer.status, answer.text.slice(0, 300)).toBe(status)
  return answer.text
}

describe('D. encodings and masking', () => {
  it.each([
    ['D01 protobuf', 'application/vnd.kubernetes.protobuf'],
    ['D01 a protobuf stream', 'application/vnd.kubernetes.protobuf;stream=watch'],
    ['D02 CBOR', 'application/cbor'],
    ['D02 a CBOR sequence', 'application/cbor-seq'],
  ])('%s alone gets 406, and with JSON as the second choice gets JSON', async (_, accept) => {
    const alone = await harness.send(`GET ${secrets('/db')}`, { headers: [`Accept: ${accept}`] })
    expect(alone.status).toBe(406)
    harness.unseen(alone)
    const both = await harness.send(`GET ${secrets('/db')}`, { headers: [`Accept: ${accept},application/json`] })
    expect(both.headers.get('content-type')).toEqual(['application/json'])
  })
  it('D03 YAML is masked', async () => expect(await reads(`GET ${secrets('/db')}`, 200, ['Accept: application/yaml'])).toContain('"data"'))
  it.each(['None', 'Metadata', 'Object'])('D04 a Table with includeObject=%s is masked', async (include) => {
    const accept = 'Accept: application/json;as=Table;v=v1;g=meta.k8s.io'
    expect(await reads(`GET ${secrets()}?includeObject=${include}`, 200, [accept])).toContain('"kind":"Table"')
  })
  it.each(['PartialObjectMetadata', 'PartialObjectMetadataList'])('D04 %s is masked, last-applied too', async (as) => {
    const applied = JSON.stringify({ data: { password: base64(harness.db) }, stringData: { password: harness.db } })
    const body = { metadata: { annotations: { 'kubectl.kubernetes.io/last-applied-configuration': applied } } }
    await harness.admin.json({ method: 'PATCH', path: secrets('/db'), contentType: MERGE, body })
    const target = as.endsWith('List') ? secrets() : secrets('/db')
    expect(await reads(`GET ${target}`, 200, [`Accept: application/json;as=${as};g=meta.k8s.io;v=v1`])).toContain(as)
  })
  it('D05 stacked encodings are answered with identity', async () => {
    for (const coding of ['gzip', 'br', 'zstd', 'deflate, gzip', 'gzip;q=1.0, identity;q=0', '*']) {
      const answer = await harness.send(`GET ${secrets()}`, { headers: [`Accept-Encoding: ${coding}`] })
      expect(answer.status).toBe(200)
      expect(answer.headers.get('content-encoding')).toBeUndefined()
    }
  })
  it.each([
    'kubectl.kubernetes.io/last-applied-configuration',
    'kapp.k14s.io/original',
    'tool.example/previous-last-applied-state',
    'objectset.rio.cattle.io/applied',
    'argocd.argoproj.io/tracking-id',
    'some.tool/backup',
    'plain',
  ])('D09 a copy in the annotation %s is masked', async (annotation) => {
    const copy = JSON.stringify({ kind: 'Secret', data: { password: base64(harness.db) }, stringData: { 'tls.key': harness.db } })
    await harness.admin.json({
      method: 'PATCH',
      path: secrets('/db'),
      contentType: MERGE,
      body: { metadata: { annotations: { [annotation]: copy } } },
    })
    expect(await reads(`GET ${secrets('/db')}`)).toContain(annotation.split('/').at(-1))
    const packed = gzipSync(copy).toString('base64')
    await harness.admin.json({
      method: 'PATCH',
      path: secrets('/db'),
      contentType: MERGE,
      body: { metadata: { annotations: { [annotation]: packed } } },
    })
    await reads(`GET ${secrets('/db')}`)
    await harness.admin.json({
      method: 'PATCH',
      path: secrets('/db'),
      contentType: MERGE,
      body: { metadata: { annotations: { [annotation]: null } } },
    })
  })
  it('D11 Helm releases, docker configs and bootstrap tokens are masked, and their parts are known values', async () => {
    const [release, docker] = [canary(), canary()]
    const helm = gzipSync(
      JSON.stringify({ name: 'r', config: { db: { password: release } }, manifest: `kind: Secret\nstringData:\n  a: ${JSON.stringify(release)}\n` }),
    )
    await harness.secret('sh.helm.release.v1.r.v1', { release: helm.toString('base64') }, { type: 'helm.sh/release.v1' })
    const auths = { 'registry.example': { username: 'u', password: docker, auth: base64(`u:${docker}`) } }
    await harness.secret('regcred', { '.dockerconfigjson': JSON.stringify({ auths }) }, { type: 'kubernetes.io/dockerconfigjson' })
    await configMap('parts', { a: `password is ${docker}`, b: base64(`u:${docker}`), c: helm.toString('base64') })
    await harness.learned()
    for (const target of [secrets(), secrets('/sh.helm.release.v1.r.v1'), secrets('/regcred'), harness.in('configmaps/parts')])
      await reads(`GET ${target}`)
  })
  it('D12 placeholders have one length and do not show that the values of two sessions are equal', async () => {
    await harness.secret('twins', { one: harness.db, two: harness.db, short: 'a' })
    const { data } = JSON.parse(await reads(`GET ${secrets('/twins')}`)) as { readonly data: { readonly [key: string]: string } }
    expect(new Set(Object.values(data).map(({ length }) => length)).size).toBe(1)
    expect(new Set(Object.values(data)).size).toBe(3)
  })
  it('D13 a kind in a body or a query has no effect on the decision', async () => {
    const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'db' }, data: { a: 'b' } }
    const answer = await harness.json(`PUT ${secrets('/db')}`, body)
    expect(answer.status).toBe(400)
    await reads(`GET ${secrets('/db')}?kind=ConfigMap`)
  })
  it.each([
    ['test of a value', [{ op: 'test', path: '/data/password', value: 'x' }]],
    ['test of all', [{ op: 'test', path: '', value: {} }]],
    ['test of data', [{ op: 'test', path: '/data', value: {} }]],
    ['copy to a label', [{ op: 'copy', from: '/data/password', path: '/metadata/labels/a' }]],
    ['move to an annotation', [{ op: 'move', from: '/data/password', path: '/metadata/annotations/a' }]],
    ['test by an escaped key', [{ op: '\u0074est', path: '/d\u0061ta/password', value: 'x' }]],
  ])('D14 a JSON Patch with a %s is refused', async (_, operations) => {
    const answer = await harness.json(`PATCH ${secrets('/db')}`, operations, { type: 'application/json-patch+json' })
    expect(answer.status).toBe(403)
    harness.unseen(answer)
  })
  it('D14 of a duplicate key in a JSON Patch the last one counts, here and upstream', async () => {
    const body = '[{"op":"add","path":"/metadata/labels/a","op":"test","path":"/data/password","value":"x"}]'
    const answer = await harness.send(`PATCH ${secrets('/db')}`, { type: 'application/json-patch+json', body })
    expect(answer.status).toBe(403)
    harness.unseen(answer)
  })
  it('D15 responses to PUT, PATCH, apply and dry runs are masked', async () => {
    const patch = { metadata: { labels: { touched: 'yes' } } }
    for (const query of ['', '?dryRun=All']) {
      expect((await harness.json(`PATCH ${secrets('/db')}${query}`, patch, { type: MERGE })).status).toBe(200)
      expect((await harness.json(`PATCH ${secrets('/db')}${query}`, patch, { type: 'application/strategic-merge-patch+json' })).status).toBe(200)
      const applied = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'db', labels: { applied: 'yes' } } }
      const apply = `PATCH ${secrets('/db')}?fieldManager=attack&force=true${query.replace('?', '&')}`
      expect((await harness.json(apply, applied, { type: 'application/apply-patch+yaml' })).status).toBe(200)
      const read = JSON.parse(await reads(`GET ${secrets('/db')}`)) as object
      expect((await harness.json(`PUT ${secrets('/db')}${query}`, read)).status).toBe(200)
    }
    const { data } = await harness.admin.json<{ readonly data: { readonly password: string } }>({ method: 'GET', path: secrets('/db') })
    expect(data.password).toBe(base64(harness.db)) // the mask overwrote nothing
  })
  it('D16 errors that quote values are rewritten', async () => {
    for (const body of [
      `{"data":{"password":"${harness.db.slice(0, 5)}"}}`,
      '{"data":{"password":7}}',
      '{"data":"x"}',
      '{"type":"kubernetes.io/tls"}',
      '{"metadata":{"name":"other"}}',
    ]) {
      const answer = await harness.send(`PATCH ${secrets('/db')}`, { type: MERGE, body })
      expect([400, 409, 422, 500]).toContain(answer.status)
    }
    const conflict = await harness.json(`PATCH ${secrets('/db')}`, { metadata: { resourceVersion: '1' } }, { type: MERGE })
    expect(conflict.status).toBe(409)
  })
  it('D18 a placeholder written to another place gets 422 with the remedy', async () => {
    const { data } = JSON.parse(await reads(`GET ${secrets('/db')}`)) as { readonly data: { readonly password: string } }
    const elsewhere: readonly (readonly [string, unknown])[] = [
      [`PATCH ${secrets('/tls')}`, { data: { password: data.password } }],
      [`PATCH ${secrets('/db')}`, { data: { other: data.password } }],
      [`PATCH ${secrets('/db')}`, { stringData: { password: Buffer.from(data.password, 'base64').toString() } }],
      [`PATCH ${harness.in('configmaps/copy')}`, { data: { a: data.password } }],
      [`PATCH ${harness.in('configmaps/copy')}`, { data: { a: '[jit.access/masked]' } }],
    ]
    for (const [line, body] of elsewhere) {
      const answer = await harness.json(line, body, { type: MERGE })
      expect(answer.status, line).toBe(422)
      harness.unseen(answer)
    }
  })
  it('D19 a mask copied from a Secret to a ConfigMap does not copy the value', async () => {
    const { data } = JSON.parse(await reads(`GET ${secrets('/db')}`)) as { readonly data: object }
    const answer = await harness.json(`POST ${harness.in('configmaps')}`, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'carried' },
      data,
    })
    expect(answer.status).toBe(422)
  })
  it('D20 TokenRequests, Secrets of type service-account-token and CSRs are refused without a grant that names them', async () => {
    const token = await harness.json(`POST ${harness.in('serviceaccounts/default/token')}`, { spec: {} })
    expect(token.status).toBe(403)
    const signing = {
      apiVersion: 'certificates.k8s.io/v1',
      kind: 'CertificateSigningRequest',
      metadata: { name: 'a' },
      spec: { request: 'eA==', signerName: 'kubernetes.io/kube-apiserver-client', usages: ['client auth'] },
    }
    expect((await harness.json('POST /apis/certificates.k8s.io/v1/certificatesigningrequests', signing)).status).toBe(403)
    const minted = await harness.json(`POST ${secrets()}`, {
      apiVersion: 'v1',
      kind: 'Secret',
      type: 'kubernetes.io/service-account-token',
      metadata: { name: 'minted', annotations: { 'kubernetes.io/service-account.name': 'default' } },
    })
    expect(minted.status, 'a grant to create Secrets does not cover credentials').toBe(403)
  })
  it('D21 values in ConfigMaps, pods, annotations, events and ReplicaSets are masked', async () => {
    const meta = { namespace: harness.namespace, annotations: { note: `pw ${harness.db}` } }
    const container = { name: 'a', image: 'none.invalid/a', env: [{ name: 'PW', value: harness.db }], command: ['sh', '-c', `login '${harness.db}'`] }
    const template = { metadata: { labels: { app: 'a' } }, spec: { containers: [container] } }
    const post = (path: string, body: object): Promise<unknown> => harness.admin.json({ method: 'POST', path, body })
    await post(harness.in('pods'), {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { ...meta, name: 'leaky' },
      spec: { ...template.spec, schedulerName: 'none' },
    })
    await post(harness.in('deployments', 'apps/v1'), {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { ...meta, name: 'leaky' },
      spec: { replicas: 0, selector: { matchLabels: { app: 'a' } }, template },
    })
    const event = {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { ...meta, name: 'leaky' },
      involvedObject: { namespace: harness.namespace },
      message: `bad ${harness.db}`,
      reason: 'A',
    }
    await post(harness.in('events'), event)
    // The Deployment controller creates the ReplicaSet.
    await until('there is a ReplicaSet', async () => {
      const { items } = await harness.admin.json<{ readonly items: readonly object[] }>({ method: 'GET', path: harness.in('replicasets', 'apps/v1') })
      return items.length > 0
    })
    for (const target of ['pods', 'pods/leaky', 'events', 'configmaps'].map((rest) => harness.in(rest))) await reads(`GET ${target}`)
    for (const rest of ['deployments', 'replicasets']) expect(await reads(`GET ${harness.in(rest, 'apps/v1')}`)).toContain('jit.access/masked')
    await reads(`GET ${harness.in('pods')}`, 200, ['Accept: application/json;as=Table;v=v1;g=meta.k8s.io'])
  })
  it('D22 D23 a watch with writes, deletes and an error is masked', async () => {
    const watching = await harness.open(`GET ${secrets()}?watch=true&timeoutSeconds=100`)
    await watching.arrived(/"type":"ADDED"/)
    const old = await harness.open(`GET ${secrets()}?watch=true&resourceVersion=1&timeoutSeconds=100`)
    // An error, as the version is too old; or all events, if kube-apiserver has watched since the cluster began.
    await old.arrived(/"type":"|"kind":"Status"/)
    const fresh = canary()
    await harness.secret('moving', { password: fresh })
    await harness.admin.json({ method: 'PATCH', path: secrets('/moving'), contentType: MERGE, body: { metadata: { labels: { a: 'b' } } } })
    await harness.admin.json({ method: 'DELETE', path: secrets('/moving') })
    for (const type of ['ADDED', 'MODIFIED', 'DELETED']) await watching.arrived(new RegExp(`"type":"${type}","object":[^\n]*"moving"`))
  })
  it('D24 short and common values are masked in their Secret only', async () => {
    await harness.secret('short', { a: 'true', b: 'admin', c: 'x1y2' })
    await configMap('common', { a: 'true', b: 'admin', c: 'x1y2' })
    const { data } = JSON.parse(await reads(`GET ${secrets('/short')}`)) as { readonly data: { readonly [key: string]: string } }
    for (const value of Object.values(data)) expect(Buffer.from(value, 'base64').toString()).toMatch(/^jit.access\/masked/)
    expect(await reads(`GET ${harness.in('configmaps/common')}`)).toContain('"admin"')
  })
  it('D25 both the old and the new value of a Secret rotated a second ago are hidden', async () => {
    const [old, fresh] = [canary(), canary()]
    await harness.secret('rotated', { password: old })
    await configMap('rotated', { a: old, b: fresh })
    await harness.admin.json({ method: 'PATCH', path: secrets('/rotated'), contentType: MERGE, body: { data: { password: base64(fresh) } } })
    await harness.learned()
    await reads(`GET ${harness.in('configmaps/rotated')}`)
    await reads(`GET ${secrets('/rotated')}`)
  })
  it('D26 new Secrets are masked in the very next response', async () => {
    await Promise.all(
      Array.from({ length: 8 }, async (_, index) => {
        await harness.secret(`new-${index}`, { password: canary() })
        await reads(`GET ${secrets(`/new-${index}`)}`)
      }),
    )
  })
})
