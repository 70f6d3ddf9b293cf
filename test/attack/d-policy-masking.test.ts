import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openArena, type Arena } from './arena.ts'
import { openOwnAgent, type OwnAgent } from './oracles/own-policy.ts'

/** D. What a policy hides besides Secrets: fields by path and tokens by format, in every way that an object can be read. */
let arena: Arena
let agent: OwnAgent
/** Not a value of any Secret: only the policy hides it. */
const hidden = `plan-${randomBytes(9).toString('hex')}`
const shown = `open-${randomBytes(9).toString('hex')}`
const token = `ghp_${randomBytes(18).toString('hex')}`
beforeAll(async () => {
  arena = await openArena('attack-mask')
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
    namespace: arena.namespace,
    annotations: { 'example.com/plan': hidden, 'example.com/open': shown },
    labels: { app: 'planned' },
  }
  const data = { 'plan.txt': hidden, open: shown, token: `Authorization: token ${token}` }
  await arena.admin.json({ method: 'POST', path: arena.in('configmaps'), body: { apiVersion: 'v1', kind: 'ConfigMap', metadata, data } })
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
  await arena.admin.json({
    method: 'POST',
    path: arena.in('deployments', 'apps/v1'),
    body: { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'planned', annotations: { note: hidden } }, spec },
  })
})
afterAll(async () => {
  await agent.remove()
  await arena.finish()
})
/** Of a watch, the initial events are enough. */
const read = (target: string, accept = 'application/json') =>
  arena.send(`GET ${target}`, {
    token: agent.token,
    headers: [`Accept: ${accept}`],
    seconds: 10,
    ...(target.includes('timeoutSeconds') ? { until: new RegExp(`${shown}[^]*${shown}[^]*}\n`) } : {}),
  })

describe('D. what a policy hides', () => {
  it.each([
    ['by name', () => arena.in('configmaps/planned')],
    ['in a list', () => arena.in('configmaps')],
    ['in a list of all namespaces', () => `/api/v1/configmaps?fieldSelector=metadata.namespace%3D${arena.namespace}`],
    ['in pages', () => `${arena.in('configmaps')}?limit=1`],
    ['in a watch', () => `${arena.in('configmaps')}?watch=1&timeoutSeconds=3`],
    ['in a watch by the old path', () => `/api/v1/watch/namespaces/${arena.namespace}/configmaps/planned?timeoutSeconds=3`],
    [
      'in a streamed list',
      () => `${arena.in('configmaps')}?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&timeoutSeconds=3`,
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
      const { text, status } = await read(`${arena.in('configmaps')}${query}`, accept)
      expect([200, 400, 406]).toContain(status)
      expect(text, query).not.toContain(hidden)
    }
  })
  it('X66 nested lists and every key of a map are hidden, in each version and subresource of the kind', async () => {
    for (const rest of ['deployments/planned', 'deployments', 'deployments/planned/status', 'deployments/planned/scale']) {
      const { text, status } = await read(arena.in(rest, 'apps/v1'))
      expect(status, rest).toBe(200)
      expect(text, rest).not.toContain(hidden)
    }
    expect((await read(arena.in('deployments/planned', 'apps/v1'))).text).toContain(shown)
  })
  it('X64 a hidden value is in no response to a write, and its mask overwrites nothing', async () => {
    const request = {
      apiVersion: 'jit.access/v1',
      kind: 'AccessRequest',
      metadata: { name: `${agent.policy}-w` },
      spec: { rules: [{ verbs: ['patch', 'update'], resources: ['configmaps'], namespaces: [arena.namespace] }] },
    }
    expect((await arena.json('POST /apis/jit.access/v1/accessrequests', request, { token: agent.token })).status).toBe(201)
    await arena.approve(request.metadata.name)
    const path = arena.in('configmaps/planned')
    const patched = await arena.json(
      `PATCH ${path}`,
      { metadata: { labels: { a: 'b' } } },
      { token: agent.token, type: 'application/merge-patch+json' },
    )
    expect(patched.status).toBe(200)
    expect(patched.text).not.toContain(hidden)
    const back = await arena.send(`PUT ${path}`, { token: agent.token, type: 'application/json', body: (await read(path)).text })
    // A mask written back to the same field is restored; anywhere else the write is refused.
    expect([200, 422, 403, 409]).toContain(back.status)
    expect(back.text).not.toContain(hidden)
    expect(await arena.admin.json({ method: 'GET', path })).toMatchObject({ data: { 'plan.txt': hidden } })
  })
  it('X67 a change of a policy applies to the next read', async () => {
    await agent.change({ masking: { tokenPatterns: false } })
    await sleep(300)
    const { text } = await read(arena.in('configmaps/planned'))
    expect(text).toContain(hidden)
    expect(text).toContain(token)
  })
})
