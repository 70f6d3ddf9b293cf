import type { DemoRunner } from '../demo-runner.ts'
import { knownRequests, nextPending, shellWords } from '../command-output.ts'

const POLICY = ['accesspolicy', 'coding-agents'] as const
const GROUPS = [
  { name: 'owners', subjects: [{ kind: 'User', name: 'oidc:approver' }] },
  { name: 'security', subjects: [{ kind: 'User', name: 'oidc:second-approver' }] },
]
const BREAK_GLASS = { subjects: [{ kind: 'Group', name: 'oidc:agents' }], maxDurationSeconds: 300 }
const scale = ['kubectl', '-n', 'shop', 'scale', 'deployment', 'web', '--replicas=1'] as const
const broken = (resource: string): readonly string[] =>
  shellWords(
    `kubectl create accessrequest --break-glass --verb=get,patch --resource=${resource} --namespace=shop --name=web --reason="the shop is down at night"`,
  )

async function setApprovals(demo: DemoRunner, approvals: object, what: string): Promise<void> {
  const patch = JSON.stringify({ spec: { approvals } })
  demo.check((await demo.run('admin', ['kubectl', 'patch', ...POLICY, '--type=merge', '-p', patch])).code === 0, what)
}

async function exists(demo: DemoRunner, name: string): Promise<boolean> {
  return (await demo.run('admin', ['kubectl', '-n', 'shop', 'get', 'deployment', name], { quiet: true })).code === 0
}

async function twoGroups(demo: DemoRunner): Promise<void> {
  await setApprovals(demo, { groups: GROUPS }, 'the admin requires an owner and somebody of security')
  const made = await demo.run('developer', ['kubectl', '-n', 'shop', 'create', 'deployment', 'shared', '--image=busybox:1.35', '--', 'sleep', '3600'])
  demo.check(made.code === 0, 'the developer makes deployment shared')
  const known = await knownRequests(demo)
  const deleting = demo.start('agent', ['kubectl', '-n', 'shop', 'delete', 'deployment', 'shared', '--wait=false'])
  const name = await nextPending(demo, known)
  const owner = await demo.run('approver', ['kubectl', 'certify', 'approve', name])
  demo.check(owner.code === 0 && owner.stdout.includes('security'), 'an owner approves, and reads who must still agree')
  await demo.run('approver', ['kubectl', 'certify', 'approve', name])
  demo.check(await exists(demo, 'shared'), 'the owner cannot agree for security too: nothing is deleted')
  await demo.run('secondApprover', ['kubectl', 'certify', 'approve', name])
  demo.check((await deleting.ended).code === 0 && !(await exists(demo, 'shared')), 'security agrees: kubectl continues and the Deployment is gone')
}

async function breakGlass(demo: DemoRunner): Promise<void> {
  await setApprovals(demo, { groups: null, breakGlass: BREAK_GLASS }, 'the admin allows break-glass')
  demo.check((await demo.run('agent', scale)).code !== 0, 'without a grant the agent cannot scale')
  const taken = await demo.run('agent', broken('deployments.apps/scale'))
  demo.check(taken.code === 0, 'at night the agent takes access without an approver')
  demo.check((await demo.run('agent', scale)).code === 0, 'the same command passes')
  demo.check((await demo.run('agent', broken('deployments.apps'))).code !== 0, 'it gets no second access before a human has reviewed the first')
  const open = await demo.run('approver', ['kubectl', 'certify', 'reviews'])
  const name = /^(\S+)\s+oidc:agent\s/m.exec(open.stdout)?.[1] ?? ''
  demo.check(name !== '', 'in the morning the approver sees the use')
  const reviewed = await demo.run('approver', ['kubectl', 'certify', 'review', name, '--unjustified', '--reason=somebody was on call'])
  demo.check(reviewed.code === 0, 'the approver finds that it was not justified')
  demo.check((await demo.run('agent', scale)).code !== 0, 'the grant has ended with that')
  await setApprovals(demo, { breakGlass: null }, 'the admin allows break-glass no more')
}

/** Who must agree is the organization's own rule; access without waiting is reviewed afterwards. */
export async function consent(demo: DemoRunner): Promise<void> {
  demo.scene('8. Two groups must agree; break-glass at night, and its review')
  await twoGroups(demo)
  await breakGlass(demo)
}
