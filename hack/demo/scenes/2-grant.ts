import type { DemoRunner } from '../demo-runner.ts'
import { eventually, knownRequests, nextPending, remedyOf } from '../command-output.ts'

const scale = (replicas: number): readonly string[] => ['kubectl', '-n', 'shop', 'scale', 'deployment', 'web', `--replicas=${replicas}`]

/** A write is refused with the command that requests access; a certified request covers exactly as many uses as the approver allowed. */
export async function grant(demo: DemoRunner): Promise<void> {
  demo.scene('2. The agent scales, is refused, asks, and is certified for one use')
  const refused = await demo.run('agent', scale(3))
  demo.check(refused.code !== 0, 'scaling without a grant is refused')
  const known = await knownRequests(demo)
  const asking = demo.start('agent', [...remedyOf(refused), '--reason=the shop is slow', '--wait'])
  const name = await nextPending(demo, known)
  const inbox = await demo.run('approver', ['kubectl', 'certify'])
  demo.check(inbox.code === 0 && inbox.stdout.includes(name), 'the approver finds the request in `kubectl certify`')
  await demo.run('approver', ['kubectl', 'certify', 'show', name])
  const certified = await demo.run('approver', ['kubectl', 'certify', 'approve', name, '--duration=5m', '--uses=1', '--reason=go ahead'])
  demo.check(certified.code === 0, 'the approver certifies 5 minutes and 1 use')
  const asked = await asking.ended
  demo.check(asked.code === 0, `--wait ended by itself with exit code 0 (${asked.seconds.toFixed(1)} s)`)
  const scaled = await demo.run('agent', scale(3))
  demo.check(scaled.code === 0, 'the scale succeeds')
  demo.check((await demo.run('agent', scale(5))).code !== 0, 'a second scale is refused')
  const three = await eventually(async () => {
    const pods = await demo.run('admin', ['kubectl', '-n', 'shop', 'get', 'deployment', 'web', '-o', 'jsonpath={.status.readyReplicas}'], {
      quiet: true,
    })
    return pods.stdout === '3'
  }, 120)
  demo.check(three, 'three pods are ready')
}
