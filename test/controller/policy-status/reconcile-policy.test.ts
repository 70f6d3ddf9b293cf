import { expect, it } from 'vitest'
import { createPolicyReconciler } from '../../../controller/policy-status/reconcile-policy.ts'
import { StatusError } from '../../../domain/status-error.ts'
import type { KubeCall, KubeClient } from '../../../kube/client.ts'
import { NOW, policy } from '../../domain/builders.ts'
import { notFoundAt } from '../../fakes/not-found.ts'

/** Checks a policy that can work, and writes that; `fault`: of the write. */
async function reconcile(fault?: StatusError) {
  const [logged, calls]: [string[], KubeCall[]] = [[], []]
  const client = {
    json: (call: KubeCall) => {
      calls.push(call)
      return fault === undefined ? Promise.resolve({}) : Promise.reject(fault)
    },
  } as unknown as KubeClient
  const add = (event: string): void => void logged.push(event)
  const works = await createPolicyReconciler({
    client,
    probe: () => Promise.resolve({ can: 'yes' }),
    askPermissions: () => Promise.resolve({ free: [], granted: [], mayAsk: true, mode: 'constrained' }),
    clock: { nowMs: () => NOW },
    log: { info: add, warn: add, error: add },
    compiles: () => undefined,
    discovery: () => Promise.reject(new Error('not now')),
    fields: { typesOf: () => Promise.resolve([]), missing: () => [] },
    isExpensive: () => false,
  })(policy('agents'))
  return { works, logged, paths: calls.map(({ method, path }) => `${method} ${path}`) }
}
const PATH = '/apis/jit.access/v1/accesspolicies/agents'

it('a policy that can work gets conditions that say so', async () => {
  expect(await reconcile()).toEqual({ works: true, logged: ['policy.ready'], paths: [`PUT ${PATH}/status`] })
})

it.each([
  ['a policy that changed meanwhile', new StatusError('Conflict', 'changed', { code: 409 })],
  ['a policy that is gone', notFoundAt(PATH)],
])('%s is left to the watch, without a word in the log', async (_, fault) => {
  expect(await reconcile(fault)).toMatchObject({ works: false, logged: [] })
})

it.each([
  ['jit-apiserver is away', new StatusError('ServiceUnavailable', 'away', { code: 503 })],
  ['kube-apiserver does not serve policies now', new StatusError('NotFound', '404 page not found', { code: 404 })],
  ['another object is absent', notFoundAt('/apis/jit.access/v1/accesspolicies/other')],
])('a status that cannot be written because %s is logged', async (_, fault) => {
  expect(await reconcile(fault)).toMatchObject({ works: false, logged: ['policy.status-unwritten'] })
})
