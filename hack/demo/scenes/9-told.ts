import type { Stage } from '../stage.ts'
import { eventually, knownRequests, nextPending } from '../words.ts'

const POLICY = ['accesspolicy', 'coding-agents'] as const
const SECONDS = 120

type Posted = { readonly text: string; readonly blocks: readonly unknown[]; readonly updates: number }

/** What the stand-in for Slack shows. Slack itself cannot be reached from a test. */
async function conversation({ environment }: Stage): Promise<readonly Posted[]> {
  const answer = await fetch(`${environment.slack.url}/messages`)
  return (await answer.json()) as readonly Posted[]
}

async function patchPolicy(stage: Stage, notifications: object | null): Promise<boolean> {
  const patch = JSON.stringify({ spec: { notifications } })
  return (await stage.run('admin', ['kubectl', 'patch', ...POLICY, '--type=merge', '-p', patch])).code === 0
}

/** Approvers read in Slack what waits for them, and what became of it. */
export async function told(stage: Stage): Promise<void> {
  const { channel, tokenFile } = stage.environment.slack
  stage.scene('9. Approvers are told in Slack')
  const secret = ['-n', 'jit-system', 'create', 'secret', 'generic', 'jit-access-notifications', `--from-file=slack=${tokenFile}`]
  await stage.run('admin', ['kubectl', ...secret])
  const document = {
    apiVersion: 'jit.access/v1',
    kind: 'NotificationChannel',
    metadata: { name: 'approvers' },
    spec: { slack: { channel, tokenSecret: { key: 'slack' } } },
  }
  const made = await stage.run('admin', ['kubectl', 'apply', '-f', '-'], { input: JSON.stringify(document) })
  stage.check(made.code === 0 && (await patchPolicy(stage, [{ channel: 'approvers' }])), 'the admin names a channel of Slack in the policy')
  const known = await knownRequests(stage)
  const deleting = stage.start('agent', ['kubectl', '-n', 'shop', 'delete', 'deployment', 'web', '--wait=false'])
  const name = await nextPending(stage, known)
  let message: Posted | undefined
  const find = async (holds: (posted: Posted) => boolean): Promise<boolean> => {
    message = (await conversation(stage)).find(holds)
    return message !== undefined
  }
  const isTold = await eventually(() => find(({ blocks }) => JSON.stringify(blocks).includes(name)), SECONDS)
  stage.check(isTold, `a message appears: ${message?.text ?? ''}`)
  await stage.run('approver', ['kubectl', 'certify', 'deny', name, '--reason=not while customers buy'])
  stage.check((await deleting.ended).code !== 0, 'the approver denies it, and the agent is refused')
  const isUpdated = await eventually(
    () => find(({ blocks, updates }) => updates === 1 && JSON.stringify(blocks).includes('not while customers buy')),
    SECONDS,
  )
  stage.check(isUpdated && (await conversation(stage)).length === 1, `the same message says so: ${message?.text ?? ''}`)
  stage.check(await patchPolicy(stage, null), 'the admin takes the channel out of the policy')
}
