import type { Stage } from '../stage.ts'
import { eventually, knownRequests, nextPending, shellWords } from '../words.ts'

/** Time for the apiserver and the gateway to see a changed policy. */
const SEEN_SECONDS = 30
const SECURITY = [{ kind: 'User', name: 'oidc:approver' }]
const OWNERS = [{ kind: 'User', name: 'oidc:second-approver' }]
const APPROVALS = {
  groups: [
    { name: 'security', subjects: SECURITY },
    { name: 'owners', subjects: OWNERS },
  ],
  breakGlass: { subjects: [{ kind: 'User', name: 'oidc:agent' }], maxDurationSeconds: 300, reviewers: OWNERS },
}
const ASK = 'kubectl create accessrequest --verb=patch --resource=configmaps -n shop'

/** Sets who must agree. `null` removes what it does not name. */
async function agree(stage: Stage, approvals: object | null): Promise<void> {
  const patch = JSON.stringify({ spec: { approvals } })
  const changed = await stage.run('admin', ['kubectl', 'patch', 'accesspolicy', 'coding-agents', '--type=merge', '-p', patch])
  stage.check(changed.code === 0, 'the admin changes who must agree')
}

/** One of each of two groups must approve. */
async function twoGroups(stage: Stage): Promise<void> {
  const known = await knownRequests(stage)
  const asking = stage.start('agent', [...shellWords(ASK), '--name=prices', '--reason=new prices', '--wait'])
  const name = await nextPending(stage, known)
  const first = await stage.run('approver', ['kubectl', 'certify', 'approve', name])
  stage.check(first.code === 0 && first.stdout.includes('owners'), 'security approves, and reads that one of the owners must approve too')
  const waits = await stage.run('secondApprover', ['kubectl', 'certify'])
  stage.check(waits.stdout.includes(name), 'it waits for the owner')
  await stage.run('secondApprover', ['kubectl', 'certify', 'approve', name])
  stage.check((await asking.ended).code === 0, 'the owner approves, and the agent has its grant')
}

/** Nobody is there: access at once, which is reviewed afterwards. */
async function breakGlass(stage: Stage): Promise<void> {
  const ask = [...shellWords(ASK), '--break-glass', '--reason=the shop is down and nobody answers']
  const given = await stage.run('agent', [...ask, '--name=limits'])
  stage.check(given.code === 0 && given.stderr.includes('BREAK-GLASS'), 'the agent gets access at once, and reads that it will be reviewed')
  const again = await stage.run('agent', [...ask, '--name=other'])
  stage.check(again.code !== 0 && again.stderr.includes('review'), 'it gets no other before the review')
  const open = await stage.run('secondApprover', ['kubectl', 'certify', 'reviews', '-o', 'name'])
  const review = open.stdout.trim()
  stage.check(review.startsWith('breakglassreview'), 'a review waits for the owner')
  const other = await stage.run('approver', ['kubectl', 'certify', 'review', review, '--justified', '--reason=fine'])
  stage.check(other.code !== 0, 'an approver that is not a reviewer cannot decide it')
  const decided = await stage.run('secondApprover', ['kubectl', 'certify', 'review', review, '--unjustified', '--reason=an approver was there'])
  stage.check(decided.code === 0, 'the owner finds the use unjustified')
  const grants = await stage.run('approver', ['kubectl', 'get', 'accessgrants', '-o', 'wide'])
  stage.check(/Revoked/.test(grants.stdout), 'its grant has ended')
}

/** Who must agree is up to the organization, and an emergency does not wait. */
export async function consent(stage: Stage): Promise<void> {
  stage.scene('8. One of security and one of the owners must agree; at night, nobody is there')
  const before = await stage.run('admin', ['kubectl', 'get', 'accesspolicy', 'coding-agents', '-o', 'json'], { quiet: true })
  const { approvals } = (JSON.parse(before.stdout) as { readonly spec: { readonly approvals?: object } }).spec
  await agree(stage, APPROVALS)
  await twoGroups(stage)
  await breakGlass(stage)
  await agree(stage, null)
  if (approvals !== undefined) await agree(stage, approvals)
  const ready = ['kubectl', 'wait', '--for=condition=Ready', 'accesspolicy/coding-agents', '--timeout=5s']
  stage.check(await eventually(async () => (await stage.run('admin', ready, { quiet: true })).code === 0, SEEN_SECONDS), 'the policy is ready')
}
