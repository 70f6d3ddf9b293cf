import { afterAll, beforeAll, expect, it } from 'vitest'
import { baselineGroup } from '../../../domain/api/names.ts'
import { kubectl, uniqueName } from '../../cluster/environment.ts'
import { openOwnAgent, type OwnAgent } from '../oracles/own-policy.ts'

/** X. Requests that can never be granted, filed past the gateway. */
let agent: OwnAgent
beforeAll(async () => {
  agent = await openOwnAgent({})
})
afterAll(async () => {
  await agent.remove()
})

/** Files a request as the agent and past the gateway, under the user name and groups that the agent has there. */
async function file(key: string): Promise<string> {
  const name = uniqueName('dead')
  const spec = { policy: agent.policy, reveal: [{ namespace: 'shop', secret: 'db', keys: [key] }] }
  const groups = ['jit.access:agents', baselineGroup(agent.policy), 'system:authenticated'].map((group) => `--as-group=${group}`)
  const as = ['--as=jit.access:agent', ...groups, `--as-user-extra=jit.access/user=${agent.username}`]
  const ran = await kubectl('admin', ['create', '-f', '-', ...as], {
    input: JSON.stringify({ apiVersion: 'jit.access/v1', kind: 'AccessRequest', metadata: { name }, spec }),
  })
  expect(ran.code, ran.stderr).toBe(0)
  return name
}

it('X88 an approver who may read the keys cannot approve a reveal of a missing key, but can approve one of an existing key', async () => {
  const [dead, alive] = [await file('passwrod'), await file('password')]
  const approval = await kubectl('admin', ['certify', 'approve', dead, '--yes'])
  expect(approval.code).toBe(6)
  expect(approval.stderr).toContain('has no key "passwrod"')
  const approved = await kubectl('admin', ['certify', 'approve', alive, '--yes'])
  expect([approved.code, approved.stderr]).toEqual([0, ''])
})
