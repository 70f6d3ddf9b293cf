import type { Stage } from '../stage.ts'
import { knownRequests, nextPending } from '../words.ts'

const remove = (name: string): readonly string[] => ['kubectl', '-n', 'shop', 'delete', 'deployment', name, '--wait=false']

async function exists(stage: Stage, name: string): Promise<boolean> {
  return (await stage.run('admin', ['kubectl', '-n', 'shop', 'get', 'deployment', name], { quiet: true })).code === 0
}

async function make(stage: Stage, name: string): Promise<void> {
  const made = await stage.run('developer', ['kubectl', '-n', 'shop', 'create', 'deployment', name, '--image=busybox:1.35', '--', 'sleep', '3600'])
  stage.check(made.code === 0, `the developer makes deployment ${name}`)
}

/** How long the operations that nobody answers wait. The sample policy gives people minutes, and the story has no time for that. */
const HOLD_SECONDS = 20

/** Sets how long operations are held. Returns the value before. */
async function holdFor(stage: Stage, seconds: string): Promise<string> {
  const policy = ['accesspolicy', 'coding-agents'] as const
  const before = await stage.run('admin', ['kubectl', 'get', ...policy, '-o', 'jsonpath={.spec.hold.timeoutSeconds}'], { quiet: true })
  const patch = `{"spec":{"hold":{"timeoutSeconds":${seconds}}}}`
  const changed = await stage.run('admin', ['kubectl', 'patch', ...policy, '--type=merge', '-p', patch])
  stage.check(changed.code === 0, `the admin lets operations wait for ${seconds} s`)
  return before.stdout
}

/** A risky operation waits at the gateway for an approval of exactly that operation. */
export async function hold(stage: Stage): Promise<void> {
  stage.scene('3. The agent deletes a Deployment: kubectl pauses until a human decides')
  await make(stage, 'old')
  let known = await knownRequests(stage)
  const approved = stage.start('agent', remove('old'))
  const first = await nextPending(stage, known)
  const shown = await stage.run('approver', ['kubectl', 'certify', 'show', first])
  stage.check(shown.stdout.includes('DELETE') && /^\s*-.*old/m.test(shown.stdout), 'the approver sees the operation and its diff')
  stage.check(await exists(stage, 'old'), 'nothing is deleted while it waits')
  await stage.run('approver', ['kubectl', 'certify', 'approve', first, '--reason=it is old'])
  stage.check((await approved.ended).code === 0 && !(await exists(stage, 'old')), 'certified: kubectl continues and the Deployment is gone')

  await make(stage, 'keep')
  known = await knownRequests(stage)
  const denied = stage.start('agent', remove('keep'))
  const second = await nextPending(stage, known)
  await stage.run('approver', ['kubectl', 'certify', 'deny', second, '--reason=it still serves customers'])
  const told = await denied.ended
  stage.check(told.code !== 0 && told.stderr.includes('it still serves customers'), 'denied: the agent reads the reason')

  // The next command gives the gateway time to know it.
  const usual = await holdFor(stage, String(HOLD_SECONDS))
  stage.check(await exists(stage, 'keep'), 'the Deployment is still there')
  const silence = stage.start('agent', remove('keep'))
  const unanswered = await silence.ended
  stage.check(
    unanswered.code !== 0 && /timed out|nobody/i.test(unanswered.stderr),
    `nobody answers: refused after ${unanswered.seconds.toFixed(0)} s`,
  )
  stage.check(await exists(stage, 'keep'), 'nothing is deleted')
  await holdFor(stage, usual || 'null')
}
