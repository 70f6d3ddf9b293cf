import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { kindsOf } from '../../../../apiserver/kinds.ts'
import { sweep } from '../../../../apiserver/retention.ts'
import { WriteConflict, type JsonObject } from '../../../../apiserver/storage/port.ts'
import { serveApi, user, type Served } from '../served-api.ts'
import {
  AGENT,
  ask,
  automatic,
  decide,
  grantsOf,
  historyOf,
  install,
  LOGS,
  OTHER,
  outcomeOf,
  requestsOf,
  START,
  statusOf,
} from './auto-approve-rules.ts'

let api: Served
beforeEach(async () => {
  api = await serveApi(START)
})
afterEach(() => api.close())

const SUSPENSION: JsonObject = {
  apiVersion: 'jit.access/v1',
  kind: 'AccessSuspension',
  metadata: { name: 's' },
  spec: { reason: 'odd', all: true },
}
const HOUR_MS = 3_600_000
/** Requests for different pods are not equal. */
const logsOf = (pod: string, reason = '') => ({ rules: [{ ...LOGS, resourceNames: [pod] }], reason })

describe('perHour', () => {
  it('counts for each requester, and the request after it waits', async () => {
    await install(api, automatic('agents', [{ condition: 'true', perHour: 2 }]))
    for (const name of ['a', 'b']) expect(outcomeOf(await ask(api, name, logsOf(name)))).toBe('Approved')
    const third = await ask(api, 'c', logsOf('c'))
    expect([third.code, statusOf(third).phase, outcomeOf(third)]).toEqual([201, 'Pending', 'Exhausted'])
    expect(outcomeOf(await ask(api, 'd', logsOf('d'), { as: OTHER }))).toBe('Approved')
    api.clock.now += HOUR_MS - 1
    expect(outcomeOf(await ask(api, 'e', logsOf('e')))).toBe('Exhausted')
    api.clock.now += 1
    expect(outcomeOf(await ask(api, 'f', logsOf('f')))).toBe('Approved')
  })

  it('counts a request that was deleted, and one of the other name of a ServiceAccount', async () => {
    await install(api, automatic('agents', [{ condition: 'true', perHour: 1 }]))
    await ask(api, 'a', {}, { as: user('system:serviceaccount:ci:bot', 'agents') })
    await api.send(user('admin', 'system:masters'), 'DELETE accessrequests/a')
    expect(outcomeOf(await ask(api, 'b', {}, { as: user('jit.access:serviceaccount:ci:bot', 'agents') }))).toBe('Exhausted')
  })

  it('is 10 when it is left out, and another rule may approve after it', async () => {
    await install(api, automatic('agents', [{ condition: 'true' }, { name: 'more', condition: 'true', perHour: 1 }]))
    const said: (string | undefined)[] = []
    for (let index = 0; index < 12; index += 1) said.push(statusOf(await ask(api, `r${index}`, logsOf(`p${index}`))).decidedBy?.rule)
    expect(said).toEqual([...Array.from({ length: 10 }, () => 'logs'), 'more', undefined])
  })

  it('holds for requests that arrive at once: each other waits, and none fails', async () => {
    await install(api, automatic('agents', [{ condition: 'true', perHour: 3 }]))
    const answers = await Promise.all(Array.from({ length: 8 }, (_, index) => ask(api, `r${index}`, logsOf(`p${index}`))))
    expect(answers.map(({ code }) => code)).toEqual(answers.map(() => 201))
    expect(answers.filter((answer) => outcomeOf(answer) === 'Approved')).toHaveLength(3)
    expect(answers.filter((answer) => outcomeOf(answer) === 'Exhausted')).toHaveLength(5)
    expect(await grantsOf(api)).toHaveLength(3)
    // Each is counted once, as it was committed, however often it was judged.
    expect(api.autoApprovals.toSorted((left, right) => left.localeCompare(right))).toEqual([
      ...Array.from({ length: 3 }, () => 'Approved'),
      ...Array.from({ length: 5 }, () => 'Exhausted'),
    ])
    // What was answered is what is stored.
    const stored = new Map((await requestsOf(api)).map((request) => [request.metadata.name, request.status?.autoApproval?.outcome]))
    for (const [index, answer] of answers.entries()) expect(stored.get(`r${index}`)).toBe(outcomeOf(answer))
  })
})

/** What the server makes of a request, before it commits. `between`: what happens between its checks and the rules. */
async function judged(name: string, between: () => Promise<void> = () => Promise.resolve()) {
  const { kinds } = kindsOf({ store: api.store, clock: api.clock, authorizer: { allowed: () => Promise.resolve(true) } })
  const strategy = kinds.find(({ resource }) => resource === 'accessrequests')?.strategy
  const context = { user: AGENT, nowMs: START, dryRun: false, auditID: name }
  const metadata = { name, uid: name, creationTimestamp: '2026-11-25T12:00:00Z' }
  const draft = { apiVersion: 'jit.access/v1', kind: 'AccessRequest', metadata, spec: logsOf(name) as unknown as JsonObject }
  const made = await strategy?.create(draft, context)
  await between()
  return made === undefined ? undefined : await strategy?.alongside?.(made, context)
}

it('two replicas that judge at the same moment cannot both commit', async () => {
  await install(api, automatic('agents', [{ condition: 'true', perHour: 1 }]))
  const [first, second] = [await judged('a'), await judged('b')]
  for (const each of [first, second]) expect(each?.object.status).toMatchObject({ decidedBy: { rule: 'logs' } })
  await api.store.commit(first?.also ?? [])
  await expect(api.store.commit(second?.also ?? [])).rejects.toThrow(WriteConflict)
  expect((await judged('b'))?.object.status).toMatchObject({ autoApproval: { outcome: 'Exhausted' } })
})

describe('what changes after the checks of a request counts', () => {
  it('a suspension of its requester', async () => {
    await install(api, automatic('agents', [{ condition: 'true' }]))
    const suspend = () => api.store.commit([{ resource: 'accesssuspensions', name: 's', expected: 0, value: SUSPENSION }])
    const creation = await judged('a', async () => void (await suspend()))
    expect(creation?.object.status).toMatchObject({
      autoApproval: { outcome: 'NotEligible', message: expect.stringContaining('suspended') as string },
    })
    expect(creation?.also?.map(({ resource }) => resource)).toEqual(['requestusage'])
  })
  it('a rule that was removed', async () => {
    await install(api, automatic('agents', [{ condition: 'true' }]))
    expect((await judged('a', () => install(api, automatic('agents', []))))?.object.status).not.toHaveProperty('decidedBy')
  })
})

describe('the history of the requester', () => {
  it('counts what approvers and rules decided under the policy, and is forgotten after a day', async () => {
    await install(api, automatic('agents', [{ condition: 'history.deniedLastDay == 0 && request.reason != "ask"' }]))
    await ask(api, 'a', logsOf('a', 'ask'))
    expect(outcomeOf(await ask(api, 'b', logsOf('b')))).toBe('Approved')
    expect((await decide(api, 'a', 'Denied')).code).toBe(200)
    expect(outcomeOf(await ask(api, 'c', logsOf('c')))).toBe('NoRule')
    expect(outcomeOf(await ask(api, 'd', logsOf('d'), { as: OTHER }))).toBe('Approved')
    api.clock.now += 24 * HOUR_MS
    expect(outcomeOf(await ask(api, 'e', logsOf('e')))).toBe('Approved')
    await sweep(api.store, api.clock.now, 7 * 86_400)
    expect(await historyOf(api)).toHaveLength(1)
  })
  it('counts approvals of an hour', async () => {
    await install(api, automatic('agents', [{ condition: 'history.approvedLastHour == 1' }]))
    await ask(api, 'a', logsOf('a'))
    expect((await decide(api, 'a', 'Approved')).code).toBe(200)
    expect(outcomeOf(await ask(api, 'b'))).toBe('Approved')
  })
})
