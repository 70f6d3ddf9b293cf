import { afterAll, beforeAll, expect, it } from 'vitest'
import { openHarness, type Harness } from '../harness.ts'
import { openOwnAgent, type OwnAgent } from '../oracles/own-policy.ts'

/** What the server chooses by itself, such as names, addresses and UIDs, differs at each dry run, and does not keep an approved create from passing. */
let harness: Harness
let agent: OwnAgent
beforeAll(async () => {
  harness = await openHarness('attack-creates')
  agent = await openOwnAgent({
    rules: [{ name: 'one-by-one', match: { verbs: ['create'] }, effect: 'RequireApproval' }],
    hold: { timeoutSeconds: 300 },
  })
})
afterAll(async () => {
  await agent.remove()
  await harness.finish()
})

const containers = [{ name: 'a', image: 'none.invalid/a:1' }]
const template = { metadata: { labels: { app: 'a' } }, spec: { containers } }
const OBJECTS = [
  ['pods', '', { kind: 'Pod', apiVersion: 'v1', metadata: { generateName: 'a-' }, spec: { containers } }],
  ['configmaps', '', { kind: 'ConfigMap', apiVersion: 'v1', metadata: { name: 'a' }, data: { a: '1' } }],
  ['services', '', { kind: 'Service', apiVersion: 'v1', metadata: { name: 'a' }, spec: { type: 'NodePort', ports: [{ port: 80 }] } }],
  [
    'deployments',
    'apps/v1',
    { kind: 'Deployment', apiVersion: 'apps/v1', metadata: { name: 'a' }, spec: { replicas: 0, selector: { matchLabels: { app: 'a' } }, template } },
  ],
] as const

it.each(OBJECTS)('an approved create of %s passes once', async (resource, group, body) => {
  const answer = harness.json(`POST ${harness.in(resource, group)}`, body, { token: agent.token, seconds: 280 })
  const pending = await harness.pending(
    `the create of ${resource}`,
    ({ spec }) => spec.requester?.username === agent.username && spec.rules?.[0]?.resources[0] === resource,
  )
  await harness.approve(pending.metadata.name)
  const { status, text } = await answer
  expect(status, text).toBe(201)
})
