import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AccessGrant } from '../../../domain/api/access-grant.ts'
import type { AccessRequest, AccessRequestStatus } from '../../../domain/api/access-request.ts'
import { kubectl, uniqueName } from '../../cluster/environment.ts'
import { openHarness, type Attack, type Harness } from '../harness.ts'
import { ownPolicies } from '../own-policies.ts'

/** X. Rules of policies that approve in place of approvers. */
let harness: Harness
const JIT = '/apis/jit.access/v1'
beforeAll(async () => {
  harness = await openHarness('attack-auto-approve')
})
const { policy, agent, ready, remove } = ownPolicies(() => harness)
afterAll(async () => {
  await remove()
  await harness.finish()
})

const READ = { verbs: ['get'], resources: ['configmaps'], resourceNames: ['copy'] }
const needing = (effect: 'RequireGrant' | 'RequireApproval') => ({ name: 'maps', match: { apiGroups: [''], resources: ['configmaps'] }, effect })

async function ask(as: Attack, rule: object, more: object = {}, name = uniqueName('ask')): Promise<AccessRequest> {
  const spec = { reason: 'attack', rules: [{ namespaces: [harness.namespace], ...rule }] }
  const body = { apiVersion: 'jit.access/v1', kind: 'AccessRequest', metadata: { name }, spec, ...more }
  const answer = await harness.json(`POST ${JIT}/accessrequests`, body, as)
  expect(answer.status, answer.text).toBe(201)
  return JSON.parse(answer.text) as AccessRequest
}
const label = (as: Attack, value: string) => ({
  line: `PATCH ${harness.in('configmaps/copy')}`,
  attack: { ...as, type: 'application/merge-patch+json', body: JSON.stringify({ metadata: { labels: { a: value } } }) },
})

/** Reads of logs, in some hours of the day. */
const hours = (from: number, to: number): string =>
  `rules.all(r, r.verbs == ["get"] && r.resources == ["pods/log"]) && now.getHours("UTC") >= ${from} && now.getHours("UTC") < ${to}`

/** A pod that has logs. */
async function startPod(name: string): Promise<void> {
  const container = { name: 'a', image: 'docker.io/library/busybox:1.35', command: ['sh', '-c', 'echo it stopped; sleep 3600'] }
  const spec = { terminationGracePeriodSeconds: 0, automountServiceAccountToken: false, containers: [container] }
  const body = { apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec }
  await harness.admin.json({ method: 'POST', path: harness.in('pods'), body })
  const started = await kubectl('admin', ['-n', harness.namespace, 'wait', '--for=condition=Ready', `pod/${name}`, '--timeout=110s'])
  expect(started.code, started.stderr).toBe(0)
}

describe('X. rules that approve', () => {
  it('X173 logs are read in office hours without an approver, and not outside of them', async () => {
    await startPod('stopped')
    const logs = { name: 'logs', match: { apiGroups: [''], resources: ['pods'], subresources: ['log'] }, effect: 'RequireGrant' } as const
    const asked = { verbs: ['get'], resources: ['pods/log'], resourceNames: ['stopped'] }
    for (const [condition, outcome, status] of [
      [hours(24, 25), 'NoRule', 403],
      [hours(0, 24), 'Approved', 200],
    ] as const) {
      const { user, as } = await agent()
      await ready(as, await policy(user, { rules: [logs], approvals: { autoApprove: [{ name: 'office', condition }] } }))
      expect((await ask(as, asked)).status?.autoApproval?.outcome).toBe(outcome)
      const read = await harness.send(`GET ${harness.in('pods/stopped/log')}`, as)
      expect(read.status, read.text).toBe(status)
      if (status === 403) harness.unseen(read)
      else expect(read.text).toContain('it stopped')
    }
  })

  it('X170 a read that a rule approves passes at once, and what it does not name waits', async () => {
    const { user, as } = await agent()
    const condition = `rules.all(r, r.verbs == ["get"] && r.resources == ["configmaps"] && r.resourceNames == ["copy"] && r.namespaces == ["${harness.namespace}"])`
    const name = await policy(user, { rules: [needing('RequireGrant')], approvals: { autoApprove: [{ name: 'reads', condition }] } })
    await ready(as, name)
    const before = await harness.send(`GET ${harness.in('configmaps/copy')}`, as)
    expect(before.status, before.text).toBe(403)
    harness.unseen(before)
    const forged: AccessRequestStatus = {
      conditions: [{ type: 'Approved', status: 'True' }],
      decidedBy: { rule: 'reads', policy: name },
      grantName: 'x',
    }
    for (const rule of [
      { ...READ, verbs: ['get', 'list'] },
      { ...READ, resourceNames: [] },
      { ...READ, verbs: ['patch'] },
    ])
      expect((await ask(as, rule, { status: forged })).status).toMatchObject({ phase: 'Pending', autoApproval: { outcome: 'NoRule' } })
    expect((await ask(as, READ)).status).toMatchObject({ phase: 'Approved', decidedBy: { rule: 'reads', policy: name } })
    const read = await harness.send(`GET ${harness.in('configmaps/copy')}`, as)
    expect(read.status, read.text).toBe(200)
  })

  it('X171 a held operation that a rule approves passes at once, as exactly that operation, and the next waits for an approver', async () => {
    const { user, as } = await agent()
    const rule = { name: 'labels', condition: 'operation != null && operation.method == "PATCH"', perHour: 1 }
    await ready(as, await policy(user, { rules: [needing('RequireApproval')], approvals: { autoApprove: [rule] } }))
    const first = label(as, 'b')
    const passed = await harness.send(first.line, first.attack)
    expect(passed.status, passed.text).toBe(200)
    const second = label(as, 'c')
    const waits = await harness.heldOrAnswered(second.line, second.attack)
    expect(waits.status).toBe(0)
    const map = await harness.admin.json<{ readonly metadata: { readonly labels?: object } }>({ method: 'GET', path: harness.in('configmaps/copy') })
    expect(map.metadata.labels).toMatchObject({ a: 'b' })
  })

  it('X172 requests at the same moment get no more grants than a rule makes in an hour', async () => {
    const { user, as } = await agent()
    const rule = { name: 'reads', condition: 'risk != "High"', perHour: 2 }
    const name = await policy(user, { rules: [needing('RequireGrant')], approvals: { autoApprove: [rule] } })
    await ready(as, name)
    const asked = await Promise.all(Array.from({ length: 6 }, (_, index) => ask(as, { ...READ, resourceNames: [`m${index}`] })))
    expect(asked.filter(({ status }) => status?.phase === 'Approved')).toHaveLength(2)
    const { items } = await harness.admin.json<{ readonly items: readonly AccessGrant[] }>({ method: 'GET', path: `${JIT}/accessgrants` })
    expect(items.filter(({ spec }) => spec.policy === name)).toHaveLength(2)
  })
})
