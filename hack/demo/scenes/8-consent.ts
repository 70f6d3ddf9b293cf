import type { Stage } from '../stage.ts'
import { knownRequests, nextPending, shellWords } from '../words.ts'

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

async function setApprovals(stage: Stage, approvals: object, what: string): Promise<void> {
  const patch = JSON.stringify({ spec: { approvals } })
  stage.check((await stage.run('admin', ['kubectl', 'patch', ...POLICY, '--type=merge', '-p', patch])).code === 0, what)
}

async function exists(stage: Stage, name: string): Promise<boolean> {
  return (await stage.run('admin', ['kubectl', '-n', 'shop', 'get', 'deployment', name], { quiet: true })).code === 0
}

async function twoGroups(stage: Stage): Promise<void> {
  await setApprovals(stage, { groups: GROUPS }, 'the admin requires an owner and somebody of security')
  const made = await stage.run('developer', [
    'kubectl',
    '-n',
    'shop',
    'create',
    'deployment',
    'shared',
    '--image=busybox:1.35',
    '--',
    'sleep',
    '3600',
  ])
  stage.check(made.code === 0, 'the developer makes deployment shared')
  const known = await knownRequests(stage)
  const deleting = stage.start('agent', ['kubectl', '-n', 'shop', 'delete', 'deployment', 'shared', '--wait=false'])
  const name = await nextPending(stage, known)
  const owner = await stage.run('approver', ['kubectl', 'certify', 'approve', name])
  stage.check(owner.code === 0 && owner.stdout.includes('security'), 'an owner approves, and reads who must still agree')
  await stage.run('approver', ['kubectl', 'certify', 'approve', name])
  stage.check(await exists(stage, 'shared'), 'the owner cannot agree for security too: nothing is deleted')
  await stage.run('secondApprover', ['kubectl', 'certify', 'approve', name])
  stage.check((await deleting.ended).code === 0 && !(await exists(stage, 'shared')), 'security agrees: kubectl continues and the Deployment is gone')
}

async function breakGlass(stage: Stage): Promise<void> {
  await setApprovals(stage, { groups: null, breakGlass: BREAK_GLASS }, 'the admin allows break-glass')
  stage.check((await stage.run('agent', scale)).code !== 0, 'without a grant the agent cannot scale')
  const taken = await stage.run('agent', broken('deployments.apps/scale'))
  stage.check(taken.code === 0, 'at night the agent takes access without an approver')
  stage.check((await stage.run('agent', scale)).code === 0, 'the same command passes')
  stage.check((await stage.run('agent', broken('deployments.apps'))).code !== 0, 'it gets no second access before a human has reviewed the first')
  const open = await stage.run('approver', ['kubectl', 'certify', 'reviews'])
  const name = /^(\S+)\s+oidc:agent\s/m.exec(open.stdout)?.[1] ?? ''
  stage.check(name !== '', 'in the morning the approver sees the use')
  const reviewed = await stage.run('approver', ['kubectl', 'certify', 'review', name, '--unjustified', '--reason=somebody was on call'])
  stage.check(reviewed.code === 0, 'the approver finds that it was not justified')
  stage.check((await stage.run('agent', scale)).code !== 0, 'the grant has ended with that')
  await setApprovals(stage, { breakGlass: null }, 'the admin allows break-glass no more')
}

/** Who must agree is the organization's own rule; access without waiting is reviewed afterwards. */
export async function consent(stage: Stage): Promise<void> {
  stage.scene('8. Two groups must agree; break-glass at night, and its review')
  await twoGroups(stage)
  await breakGlass(stage)
}
