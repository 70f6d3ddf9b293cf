import type { Answer, Apiserver } from './apiserver.ts'
import { agent, AGENTS, NOISY_AGENTS } from './benchmark-callers.ts'

const policy = (name: string, group: string, requests: object): object => ({
  apiVersion: 'jit.access/v1',
  kind: 'AccessPolicy',
  metadata: { name },
  spec: { subjects: [{ kind: 'Group', name: group }], requests },
})

/** The policy of most agents allows as many requests as a policy can; the other one has the default limits. */
export async function makePolicies(apiserver: Apiserver): Promise<void> {
  for (const body of [policy('agents', AGENTS, { maxPending: 500, perHour: 3600 }), policy('noisy', NOISY_AGENTS, {})])
    expectCode(await apiserver.send('admin', { method: 'POST', path: 'accesspolicies', body }), 201)
}

export function expectCode({ code, text }: Answer, ...wanted: readonly number[]): void {
  if (!wanted.includes(code)) throw new Error(`the apiserver answered ${code}: ${text.slice(0, 300)}`)
}

let made = 0

/** A request like those that `kubectl create accessrequest` sends. No two ask for the same. */
export function draft(): { readonly name: string; readonly body: object } {
  made += 1
  const name = `ask-${String(made).padStart(6, '0')}`
  const rules = [
    { verbs: ['patch'], apiGroups: ['apps'], resources: ['deployments', 'deployments/scale'], namespaces: ['shop'], resourceNames: [name] },
    { verbs: ['get'], resources: ['pods/log'], namespaces: ['shop'] },
  ]
  const reason = 'The orders service answers with 503 since the last rollout; scale it up and read its log.'
  const said = { name: 'claude', model: 'some-model', session: 'ci-4711', task: 'Find out why checkout fails and repair it.' }
  return {
    name,
    body: { apiVersion: 'jit.access/v1', kind: 'AccessRequest', metadata: { name }, spec: { rules, reason, agent: said, durationSeconds: 600 } },
  }
}

export const file = (apiserver: Apiserver, user: string): Promise<Answer> =>
  apiserver.send(user, { method: 'POST', path: 'accessrequests', body: draft().body })

const LANES = 8

/** Files pending requests of many requesters, `each` of one, at most. */
export async function fill(apiserver: Apiserver, count: number, { from, each }: { readonly from: number; readonly each: number }): Promise<void> {
  let next = 0
  const lane = async (): Promise<void> => {
    for (let index = next++; index < count; index = next++) expectCode(await file(apiserver, agent(from + Math.floor(index / each))), 201)
  }
  await Promise.all(Array.from({ length: LANES }, lane))
}
