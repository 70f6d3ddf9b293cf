import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openHarness, type Harness } from '../harness.ts'
import { openOwnAgent, type OwnAgent } from '../oracles/own-policy.ts'

/** D. What a policy hides besides Secrets: fields by path and tokens by format, in every way that an object can be read. */
let harness: Harness
let agent: OwnAgent
/** Not a value of any Secret: only the policy hides it. */
const hidden = `plan-${randomBytes(9).toString('hex')}`
const shown = `open-${randomBytes(9).toString('hex')}`
const token = `ghp_${randomBytes(18).toString('hex')}`
beforeAll(async () => {
  harness = await openHarness('attack-mask')
  agent = await openOwnAgent({
    masking: {
      fields: [
        { resources: ['configmaps'], paths: ['.data["plan.txt"]', '.metadata.annotations["example.com/plan"]'] },
        { apiGroups: ['apps'], resources: ['deployments'], paths: ['.spec.template.spec.containers[*].env[*].value', '.metadata.annotations.*'] },
      ],
    },
  })
  const metadata = {
    name: 'planned',
    namespace: harness.namespace,
    annotations: { 'example.com/plan': hidden, 'example.com/open': shown },
    labels: { app: 'planned' },
  }
  const data = { 'plan.txt': hidden, open: shown, token: `Authorization: token ${token}` }
  await harness.admin.json({ method: 'POST', path: harness.in('configmaps'), body: { apiVersion: 'v1', kind: 'ConfigMap', metadata, data } })
  const containers = [
    {
      name: 'a',
      image: 'none.invalid/a',
      env: [
        { name: 'PLAN', value: hidden },
        { name: 'B', value: hidden },
      ],
      args: [shown],
    },
  ]
  const spec = {
    replicas: 0,
    selector: { matchLabels: { app: 'planned' } },
    template: { metadata: { labels: { app: 'planned' } }, spec: { containers } },
  }
  await harness.admin.json({
    method: 'POST',
    path: harness.in('deployments', 'apps/v1'),
    body: { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'planned', annotations: { note: hidden } }, spec },
  })
})
afterAll(async () => {
  await agent.remove()
  await harness.finish()
})
/** Of a watch, the initial events are enough. */
const read = (target: string, accept = 'application/json') =>
  harness.send(`GET ${target}`, {
    token: agent.token,
    headers: [`Accept: ${accept}`],
    ...(target.includes('timeoutSeconds') ? { until: new RegExp(`${shown}[^]*${shown}[^]*}\n`) } : {}),
  })

describe('D. what a policy hides', () => {
  it.each([
    ['by name', () => harness.in('configmaps/planned')],
    ['in a list', () => harness.in('configmaps')],
    ['in a list of all namespaces', () => `/api/v1/configmaps?fieldSelector=metadata.namespace%3D${harness.namespace}`],
    ['in pages', () => `${harness.in('configmaps')}?limit=1`],
    ['in a watch', () => `${harness.in('configmaps')}?watch=1&timeoutSeconds=3`],
    ['in a watch by the old path', () => `/api/v1/watch/namespaces/${harness.namespace}/configmaps/planned?timeoutSeconds=3`],
    [
      'in a streamed list',
      () => `${harness.in('configmaps')}?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&timeoutSeconds=3`,
    ],
  ])('X63 a field that the policy names is hidden %s, and its neighbours are not', async (_, target) => {
    const { text, status } = await read(target())
    expect(status).toBe(200)
    expect(text).not.toContain(hidden)
    if (!target().includes('limit=1')) expect(text).toContain(shown)
    expect(text).not.toContain(token)
  })
  it.each([
    ['as metadata alone', 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1'],
    ['in a Table', 'application/json;as=Table;g=meta.k8s.io;v=v1'],
    ['in YAML', 'application/yaml'],
    ['in protobuf', 'application/vnd.kubernetes.protobuf, application/json'],
  ])('X65 an annotation that the policy names is hidden %s', async (_, accept) => {
    for (const query of ['', '?includeObject=Object', '?includeObject=Metadata']) {
      const { text, status } = await read(`${harness.in('configmaps')}${query}`, accept)
      expect([200, 400, 406]).toContain(status)
      expect(text, query).not.toContain(hidden)
    }
  })
  it('X66 nested lists and every key of a map are hidden, in each version and subresource of the kind', async () => {
    for (const rest of ['deployments/planned', 'deployments', 'deployments/planned/status', 'deployments/planned/scale']) {
      const { text, status } = await read(harness.in(rest, 'apps/v1'))
      expect(status, rest).toBe(200)
      expect(text, rest).not.toContain(hidden)
    }
    expect((await read(harness.in('deployments/planned', 'apps/v1'))).text).toContain(shown)
  })
  it('X64 a hidden value is in no response to a write, and its mask overwrites nothing', async () => {
    const request = {
      apiVersion: 'jit.access/v1',
      kind: 'AccessRequest',
      metadata: { name: `${agent.policy}-w` },
      spec: { rules: [{ verbs: ['patch', 'update'], resources: ['configmaps'], namespaces: [harness.namespace] }] },
    }
    expect((await harness.json('POST /apis/jit.access/v1/accessrequests', request, { token: agent.token })).status).toBe(201)
    await harness.approve(request.metadata.name)
    const path = harness.in('configmaps/planned')
    const patched = await harness.json(
      `PATCH ${path}`,
      { metadata: { labels: { a: 'b' } } },
      { token: agent.token, type: 'application/merge-patch+json' },
    )
    expect(patched.status).toBe(200)
    expect(patched.text).not.toContain(hidden)
    const back = await harness.send(`PUT ${path}`, { token: agent.token, type: 'application/json', body: (await read(path)).text })
    // A mask written back to the same field is restored; anywhere else the write is refused.
    expect([200, 422, 403, 409]).toContain(back.status)
    expect(back.text).not.toContain(hidden)
    expect(await harness.admin.json({ method: 'GET', path })).toMatchObject({ data: { 'plan.txt': hidden } })
  })
  it('X67 a change of a policy applies to the next read', async () => {
    await agent.change({ masking: { tokenPatterns: false } })
    const { text } = await read(harness.in('configmaps/planned'))
    expect(text).toContain(hidden)
    expect(text).toContain(token)
  })
})
