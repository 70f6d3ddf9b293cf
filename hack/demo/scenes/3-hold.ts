import type { DemoRunner } from '../demo-runner.ts'
import { knownRequests, nextPending } from '../command-output.ts'

const remove = (name: string): readonly string[] => ['kubectl', '-n', 'shop', 'delete', 'deployment', name, '--wait=false']

async function exists(demo: DemoRunner, name: string): Promise<boolean> {
  return (await demo.run('admin', ['kubectl', '-n', 'shop', 'get', 'deployment', name], { quiet: true })).code === 0
}

async function make(demo: DemoRunner, name: string): Promise<void> {
  const made = await demo.run('developer', ['kubectl', '-n', 'shop', 'create', 'deployment', name, '--image=busybox:1.35', '--', 'sleep', '3600'])
  demo.check(made.code === 0, `the developer makes deployment ${name}`)
}

/** How long the operations that nobody answers wait. The sample policy gives people minutes, and the story has no time for that. */
const HOLD_SECONDS = 20

/** Sets how long operations are held. Returns the value before. */
async function holdFor(demo: DemoRunner, seconds: string): Promise<string> {
  const policy = ['accesspolicy', 'coding-agents'] as const
  const before = await demo.run('admin', ['kubectl', 'get', ...policy, '-o', 'jsonpath={.spec.hold.timeoutSeconds}'], { quiet: true })
  const patch = `{"spec":{"hold":{"timeoutSeconds":${seconds}}}}`
  const changed = await demo.run('admin', ['kubectl', 'patch', ...policy, '--type=merge', '-p', patch])
  demo.check(changed.code === 0, `the admin lets operations wait for ${seconds} s`)
  return before.stdout
}

/** A risky operation waits at the gateway for an approval of exactly that operation. */
export async function hold(demo: DemoRunner): Promise<void> {
  demo.scene('3. The agent deletes a Deployment: kubectl pauses until a human decides')
  await make(demo, 'old')
  let known = await knownRequests(demo)
  const approved = demo.start('agent', remove('old'))
  const first = await nextPending(demo, known)
  const shown = await demo.run('approver', ['kubectl', 'certify', 'show', first])
  demo.check(shown.stdout.includes('DELETE') && /^\s*-.*old/m.test(shown.stdout), 'the approver sees the operation and its diff')
  demo.check(await exists(demo, 'old'), 'nothing is deleted while it waits')
  await demo.run('approver', ['kubectl', 'certify', 'approve', first, '--reason=it is old'])
  demo.check((await approved.ended).code === 0 && !(await exists(demo, 'old')), 'certified: kubectl continues and the Deployment is gone')

  await make(demo, 'keep')
  known = await knownRequests(demo)
  const denied = demo.start('agent', remove('keep'))
  const second = await nextPending(demo, known)
  await demo.run('approver', ['kubectl', 'certify', 'deny', second, '--reason=it still serves customers'])
  const told = await denied.ended
  demo.check(told.code !== 0 && told.stderr.includes('it still serves customers'), 'denied: the agent reads the reason')

  // The next command gives the gateway time to know it.
  const usual = await holdFor(demo, String(HOLD_SECONDS))
  demo.check(await exists(demo, 'keep'), 'the Deployment is still there')
  const silence = demo.start('agent', remove('keep'))
  const unanswered = await silence.ended
  demo.check(unanswered.code !== 0 && /timed out|nobody/i.test(unanswered.stderr), `nobody answers: refused after ${unanswered.seconds.toFixed(0)} s`)
  demo.check(await exists(demo, 'keep'), 'nothing is deleted')
  await holdFor(demo, usual || 'null')
}
