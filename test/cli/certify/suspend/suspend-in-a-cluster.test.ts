import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { expectWithinASecond, timed } from '../../../cluster/within-a-second.ts'
import { kubectl, startKubectl, uniqueName } from '../../../cluster/environment.ts'
import { until } from '../../../until.ts'

/** Suspensions with the real kubectl, gateway, webhook and aggregated API server. */
const namespace = uniqueName('suspend')
const made: string[] = []
beforeAll(async () => {
  await kubectl('admin', ['create', 'namespace', namespace])
  // RBAC lets the agent write here directly, so that the webhook decides.
  await kubectl('admin', ['-n', namespace, 'create', 'rolebinding', 'direct', '--clusterrole=edit', '--user=oidc:agent'])
})
afterAll(async () => {
  for (const name of made) await kubectl('admin', ['certify', 'resume', name, '--reason=end of the test'])
  await kubectl('admin', ['delete', 'namespace', namespace, '--wait=false'])
})

async function suspend(...target: readonly string[]): Promise<string> {
  const ran = await kubectl('approver', ['certify', 'suspend', ...target, '--reason=it deletes too much', '-o', 'name'])
  expect([ran.code, ran.stderr]).toEqual([0, ''])
  const name = ran.stdout.trim().replace('accesssuspension.jit.access/', '')
  made.push(name)
  return name
}
const resume = (name: string) => kubectl('approver', ['certify', 'resume', name, '--reason=fixed'])
const pods = () => kubectl('agent', ['get', 'configmaps', '-n', namespace])

describe('kubectl certify suspend', () => {
  it('ends what the agent has open within a second, and refuses the rest until it is lifted', async () => {
    const round = async () => {
      await until('the agent reads', async () => (await pods()).code === 0)
      const watching = await startKubectl('agent', ['get', 'configmaps', '-n', namespace, '--watch'])
      await watching.says('kube-root-ca.crt')
      const cause = await timed(() => suspend('--agent=oidc:agent'))
      const effect = await timed(() => watching.ended)
      return { cause, effect }
    }
    await expectWithinASecond(async () => {
      for (const earlier of made) await resume(earlier)
      return await round()
    })
    const name = made.at(-1) ?? ''

    const refused = await pods()
    expect(refused.code).toBe(1)
    expect(refused.stderr).toContain(`is suspended by accesssuspension "${name}": it deletes too much`)
    const asked = await kubectl('agent', ['create', 'accessrequest', '--verb=get', '--resource=secrets', '-n', namespace])
    expect([asked.code, asked.stderr]).toEqual([6, expect.stringContaining('is suspended')])
    const around = await kubectl('agentDirect', ['-n', namespace, 'create', 'configmap', 'around', '--dry-run=server'])
    expect([around.code, around.stderr]).toEqual([1, expect.stringContaining('is suspended')])
    expect((await kubectl('developer', ['-n', namespace, 'create', 'configmap', 'developers'])).code).toBe(0)

    const inbox = await kubectl('approver', ['certify'])
    expect(inbox.stderr).toContain(`Suspended: User oidc:agent stopped by oidc:approver: it deletes too much (accesssuspension ${name})`)
    expect((await kubectl('admin', ['get', 'accesssuspensions', name])).stdout).toMatch(/User oidc:agent +InForce +oidc:approver/)
    const deleted = await kubectl('admin', ['delete', 'accesssuspension', name])
    expect([deleted.code, deleted.stderr]).toEqual([1, expect.stringContaining(`kubectl certify resume ${name}`)])

    expect((await resume(name)).stdout).toBe(`accesssuspension.jit.access/${name} lifted: User oidc:agent can continue\n`)
    await until('the agent reads again', async () => (await pods()).code === 0)
  })

  it('of all agents stops an operation that waits for its approver', async () => {
    await kubectl('admin', ['-n', namespace, 'create', 'deployment', 'keep', '--image=none', '--replicas=0'])
    const deleting = await startKubectl('agent', ['-n', namespace, 'delete', 'deployment', 'keep'])
    await until('it waits', async () => (await kubectl('approver', ['certify', '-n', namespace, '-o', 'name'])).stdout.includes('hold-'))
    const name = await suspend('--all')
    const { code, stderr } = await deleting.ended
    expect([code, stderr]).toEqual([1, expect.stringContaining(`is suspended by accesssuspension "${name}"`)])
    const [held = ''] = (await kubectl('approver', ['certify', '-n', namespace, '-o', 'name'])).stdout.split('\n')
    const approved = await kubectl('approver', ['certify', 'approve', held, '--yes'])
    expect([approved.code, approved.stderr]).toEqual([6, expect.stringContaining('is suspended')])
    expect((await resume(name)).code).toBe(0)
    expect((await kubectl('admin', ['-n', namespace, 'get', 'deployment', 'keep'])).code).toBe(0)
  })

  it('is not for agents', async () => {
    const tried = await kubectl('agent', ['certify', 'suspend', '--all', '--reason=x'])
    expect([tried.code, tried.stderr]).toEqual([6, expect.stringContaining('no grant can allow it')])
  })
})
