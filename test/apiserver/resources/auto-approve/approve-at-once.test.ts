import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { put, serveApi, user, type Served } from '../served-api.ts'
import { AGENT, ask, automatic, eventsOf, grantsOf, historyOf, install, LOGS, outcomeOf, requestsOf, START, statusOf } from './auto-approve-rules.ts'

let api: Served
beforeEach(async () => {
  api = await serveApi(START)
})
afterEach(() => api.close())

const READS = 'rules.all(r, r.verbs.all(v, v == "get") && r.resources.all(x, x == "pods/log") && r.namespaces.all(n, n == "shop"))'
it('makes the grant and the event with the request', async () => {
  await install(api, automatic('agents', [{ condition: READS }]))
  const { code, body } = await ask(api, 'a', { reason: 'why did it stop' })
  expect(code).toBe(201)
  const message = 'rule "logs" of policy "agents" applies'
  expect(body).toMatchObject({
    status: {
      phase: 'Approved',
      grantName: 'a',
      decidedBy: { rule: 'logs', policy: 'agents' },
      autoApproval: { outcome: 'Approved', message },
      conditions: [{ type: 'Approved', status: 'True', reason: 'AutoApproved', message }],
    },
  })
  expect(statusOf({ body } as never).reviews).toBeUndefined()
  expect((await requestsOf(api))[0]?.status).toMatchObject({ decidedBy: { rule: 'logs' } })
  expect(await grantsOf(api)).toMatchObject([
    { spec: { requestName: 'a', subject: { username: 'oidc:agent' }, expiresAt: '2026-11-25T12:10:00.000Z' } },
  ])
  expect((await eventsOf(api))[0]).toEqual({
    event: 'access.decided',
    auditID: expect.any(String) as string,
    by: 'rule:agents/logs',
    rules: ['agents/logs'],
    user: 'oidc:agent',
    decision: 'Approved',
    request: 'a',
    grant: 'a',
    policy: 'agents',
    asks: expect.stringContaining('pods/log') as string,
    durationSeconds: 600,
    message,
  })
})

it('a dry run answers with the verdict and makes nothing', async () => {
  await install(api, automatic('agents', [{ condition: READS, perHour: 1 }]))
  for (const name of ['a', 'b'])
    expect(statusOf(await ask(api, name, {}, { query: '?dryRun=All' }))).toMatchObject({
      phase: 'Approved',
      decidedBy: { rule: 'logs', policy: 'agents' },
    })
  expect(outcomeOf(await ask(api, 'c', { rules: [{ ...LOGS, verbs: ['list'] }] }, { query: '?dryRun=All' }))).toBe('NoRule')
  expect([await grantsOf(api), await requestsOf(api), await eventsOf(api), await historyOf(api), api.autoApprovals]).toEqual([[], [], [], [], []])
})

it('without rules the status says nothing about them', async () => {
  await install(api, automatic('agents', []))
  const status = statusOf(await ask(api, 'a'))
  expect([status.phase, status.autoApproval]).toEqual(['Pending', undefined])
})

describe('the grant is cut down to', () => {
  it.each([
    ['maxDurationSeconds', { maxDurationSeconds: 60 }, { durationSeconds: 60, maxUses: undefined }],
    ['maxUses', { maxUses: 2 }, { durationSeconds: undefined, maxUses: 2 }],
    ['what was asked, if that is less', { maxDurationSeconds: 601, maxUses: 4 }, undefined],
  ])('%s', async (_, rule, narrowed) => {
    await install(api, automatic('agents', [{ condition: 'true', ...rule }]))
    expect(statusOf(await ask(api, 'a', { durationSeconds: 600, maxUses: 3 })).narrowed).toEqual(narrowed)
    const [grant] = await grantsOf(api)
    expect((Date.parse(grant?.spec.expiresAt ?? '') - START) / 1000).toBe(narrowed?.durationSeconds ?? 600)
    expect(grant?.spec.maxUses).toBe(narrowed?.maxUses ?? 3)
  })
})

describe('waits for approvers', () => {
  it.each([
    ['a condition that is false', 'rules.size() == 2', {}, 'NoRule', 'no rule of policy "agents" applies'],
    ['a condition that fails', 'operation.method == "GET"', {}, 'Failed', 'rule "logs" of policy "agents" failed: No such key: method'],
    ['a condition that is not a boolean', 'operation', {}, 'Failed', 'did not return a boolean'],
    ['an unlimited number of uses that is compared', 'request.maxUses < 5', {}, 'Failed', 'no such overload'],
    ['an unknown time zone', 'now.getHours("Europe/Nowhere") > 1', {}, 'Failed', 'time zone'],
    [
      'a critical risk',
      'true',
      { rules: [{ verbs: ['patch'], resources: ['configmaps'], namespaces: ['shop'] }] },
      'NotEligible',
      'its risk is Critical',
    ],
    [
      'a reveal',
      'rules.all(r, r.verbs == ["get"])',
      { rules: [], reveal: [{ namespace: 'shop', secret: 'db', keys: ['password'] }] },
      'NotEligible',
      'it reveals',
    ],
    ['a later start', 'true', { notBefore: '2026-11-25T12:00:01Z' }, 'NotEligible', 'it starts later'],
  ])('%s', async (...[, condition, spec, outcome, message]) => {
    await install(
      api,
      automatic('agents', [{ condition }], {
        rules: [{ name: 'config', effect: 'RequireGrant', match: { resources: ['configmaps'] }, risk: 'Critical' }],
      }),
    )
    const answer = await ask(api, 'a', spec)
    expect([answer.code, answer.text]).toEqual([201, expect.anything()])
    expect(statusOf(answer)).toMatchObject({ phase: 'Pending', autoApproval: { outcome, message: expect.stringContaining(message) as string } })
    expect(await grantsOf(api)).toEqual([])
  })

  it('a condition that costs too much, with all those after it', async () => {
    const condition = 'rules.all(a, a.verbs.all(b, rules.all(c, c.verbs.all(d, rules.all(e, e.verbs.all(f, f == "get"))))))'
    await install(api, automatic('agents', [{ condition: `!(${condition})` }, { name: 'late', condition: 'true' }]))
    const rules = Array.from({ length: 8 }, (__, index) => ({ ...LOGS, verbs: Array.from({ length: 8 }, () => 'get'), resourceNames: [`p${index}`] }))
    expect(statusOf(await ask(api, 'a', { rules })).autoApproval).toMatchObject({
      outcome: 'Failed',
      message: expect.stringContaining('steps') as string,
    })
  })

  it('a failed rule before one that applies', async () => {
    await install(api, automatic('agents', [{ name: 'odd', condition: 'operation.method == ""' }, { condition: 'true' }]))
    expect(outcomeOf(await ask(api, 'a'))).toBe('Failed')
  })
})

describe('a rule cannot be true of nothing', () => {
  it.each([
    ['every name', 'rules.all(r, r.resourceNames.all(n, n == "web"))', { rules: [LOGS] }],
    ['an empty list of names', 'rules.all(r, r.resourceNames.all(n, n == "web"))', { rules: [{ ...LOGS, resourceNames: [] }] }],
    ['cluster-scoped objects', 'rules.all(r, r.namespaces.all(n, n == "shop"))', { rules: [{ verbs: ['patch'], resources: ['persistentvolumes'] }] }],
    ['the core group', 'rules.all(r, r.apiGroups.all(g, g == "apps"))', { rules: [LOGS] }],
  ])('%s', async (_, condition, spec) => {
    await install(api, automatic('agents', [{ condition }]))
    const answer = await ask(api, 'a', spec)
    expect([answer.code, outcomeOf(answer)]).toEqual([201, 'NoRule'])
  })
})

describe('every variable', () => {
  it.each([
    'request.reason == "why" && request.ticket == "T-1" && request.cluster == "" && request.durationSeconds + 1 == 301 && request.maxUses == 3',
    'rules[0].verbs == ["get"] && rules[0].gains == [] && rules[0].resourceNames == ["web"]',
    'operation == null && risk == "Low"',
    'requester.username == "oidc:agent" && "agents" in requester.groups && requester.extra["team"] == ["shop"]',
    'agent.name == "bot" && agent.model == "" && agent.session == "" && agent.task == ""',
    'now == timestamp("2026-11-25T12:00:00Z") && now.getHours("Europe/Berlin") == 13 && now.getDayOfWeek("Europe/Berlin") == 3',
    'history.approvedLastHour == 0 && history.deniedLastDay == 0',
  ])('%s', async (condition) => {
    await install(api, automatic('agents', [{ condition }]))
    const spec = {
      rules: [{ ...LOGS, resourceNames: ['web'] }],
      reason: 'why',
      ticket: 'T-1',
      durationSeconds: 300,
      maxUses: 3,
      agent: { name: 'bot' },
    }
    expect(statusOf(await ask(api, 'a', spec, { as: { ...AGENT, extra: { team: ['shop'] } } })).autoApproval).toMatchObject({ outcome: 'Approved' })
  })

  it('sees the groups of the token of an agent', async () => {
    const agent = {
      ...user('oidc:agent', 'jit.access:agents'),
      extra: { 'jit.access/user': ['oidc:agent'], 'jit.access/groups': ['agents', 'night'] },
    }
    await install(api, automatic('agents', [{ condition: '"night" in requester.groups' }]))
    expect(outcomeOf(await ask(api, 'a', {}, { as: agent }))).toBe('Approved')
  })
})

describe('with several policies', () => {
  it('a rule of each must approve, and the strictest limits hold', async () => {
    await install(
      api,
      automatic('a', [{ condition: 'true', maxDurationSeconds: 50 }]),
      automatic('b', [{ name: 'all', condition: 'true', maxDurationSeconds: 40 }]),
    )
    const status = statusOf(await ask(api, 'x', { policy: 'b' }))
    expect(status).toMatchObject({
      decidedBy: { rule: 'all', policy: 'b' },
      narrowed: { durationSeconds: 40 },
      autoApproval: { message: 'rule "logs" of policy "a" and rule "all" of policy "b" apply' },
    })
    expect((await eventsOf(api))[0]).toMatchObject({ by: 'rule:b/all', rules: ['b/all', 'a/logs'] })
  })
  it.each([
    ['without rules', []],
    ['whose rules do not apply', [{ condition: 'false' }]],
  ])('one %s leaves it to the approvers', async (_, rules) => {
    await install(api, automatic('a', [{ condition: 'true' }]), automatic('b', rules))
    expect(statusOf(await ask(api, 'x', { policy: 'a' }))).toMatchObject({ phase: 'Pending', autoApproval: { outcome: 'NoRule' } })
  })
})

it('a suspended requester gets nothing', async () => {
  await install(api, automatic('agents', [{ condition: 'true' }]))
  const suspension = { apiVersion: 'jit.access/v1', kind: 'AccessSuspension', metadata: { name: 's' }, spec: { reason: 'odd', all: true } }
  await put(api.store, 'accesssuspensions', suspension)
  expect((await ask(api, 'a')).code).toBe(403)
  expect(await grantsOf(api)).toEqual([])
})
