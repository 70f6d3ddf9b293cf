import type { DemoRunner } from '../demo-runner.ts'
import { eventually, knownRequests, nextPending } from '../command-output.ts'

const POLICY = ['accesspolicy', 'coding-agents'] as const
const SECONDS = 120

type Posted = { readonly text: string; readonly blocks: readonly unknown[]; readonly updates: number }

/** What the stand-in for Slack shows. Slack itself cannot be reached from a test. */
async function conversation({ environment }: DemoRunner): Promise<readonly Posted[]> {
  const answer = await fetch(`${environment.slack.url}/messages`)
  return (await answer.json()) as readonly Posted[]
}

async function patchPolicy(demo: DemoRunner, notifications: object | null): Promise<boolean> {
  const patch = JSON.stringify({ spec: { notifications } })
  return (await demo.run('admin', ['kubectl', 'patch', ...POLICY, '--type=merge', '-p', patch])).code === 0
}

/** Approvers read in Slack what waits for them, and what became of it. */
export async function notified(demo: DemoRunner): Promise<void> {
  const { channel, tokenFile } = demo.environment.slack
  demo.scene('9. Approvers are told in Slack')
  const secret = ['-n', 'jit-system', 'create', 'secret', 'generic', 'jit-access-notifications', `--from-file=slack=${tokenFile}`]
  await demo.run('admin', ['kubectl', ...secret])
  const document = {
    apiVersion: 'jit.access/v1',
    kind: 'NotificationChannel',
    metadata: { name: 'approvers' },
    spec: { slack: { channel, tokenSecret: { key: 'slack' } } },
  }
  const made = await demo.run('admin', ['kubectl', 'apply', '-f', '-'], { input: JSON.stringify(document) })
  demo.check(made.code === 0 && (await patchPolicy(demo, [{ channel: 'approvers' }])), 'the admin names a channel of Slack in the policy')
  const known = await knownRequests(demo)
  const deleting = demo.start('agent', ['kubectl', '-n', 'shop', 'delete', 'deployment', 'web', '--wait=false'])
  const name = await nextPending(demo, known)
  let message: Posted | undefined
  const find = async (holds: (posted: Posted) => boolean): Promise<boolean> => {
    message = (await conversation(demo)).find(holds)
    return message !== undefined
  }
  const isTold = await eventually(() => find(({ blocks }) => JSON.stringify(blocks).includes(name)), SECONDS)
  demo.check(isTold, `a message appears: ${message?.text ?? ''}`)
  await demo.run('approver', ['kubectl', 'certify', 'deny', name, '--reason=not while customers buy'])
  demo.check((await deleting.ended).code !== 0, 'the approver denies it, and the agent is refused')
  const isUpdated = await eventually(
    () => find(({ blocks, updates }) => updates === 1 && JSON.stringify(blocks).includes('not while customers buy')),
    SECONDS,
  )
  demo.check(isUpdated && (await conversation(demo)).length === 1, `the same message says so: ${message?.text ?? ''}`)
  demo.check(await patchPolicy(demo, null), 'the admin takes the channel out of the policy')
}
