import { findValue } from '../canary.ts'
import { killAll, logsOf } from '../servers.ts'
import type { DemoRunner } from '../demo-runner.ts'
import { eventually, knownRequests, nextPending, secretValue, shellWords } from '../command-output.ts'

const scale = (replicas: number): readonly string[] => ['kubectl', '-n', 'shop', 'scale', 'deployment', 'web', `--replicas=${replicas}`]
/** Two uses, of which one is taken before the crash. */
const REQUEST =
  'kubectl create accessrequest --verb=patch --resource=deployments.apps/scale --namespace=shop --name=web --duration=10m --uses=2 --reason="two steps down" --wait'

/**
 * Whether all three servers answer the agent: a read needs the gateway, a list of requests the apiserver, and a dry run the webhook too,
 * without taking a use. A use taken for a write that then fails at a webhook that is still down is lost: uses count at most once, never
 * twice.
 */
function allAnswer(demo: DemoRunner): Promise<boolean> {
  return eventually(async () => {
    const pods = await demo.run('agent', ['kubectl', '-n', 'shop', 'get', 'pods'], { quiet: true })
    const requests = await demo.run('agent', ['kubectl', 'get', 'accessrequests'], { quiet: true })
    const dryRun = await demo.run('agent', [...scale(1), '--dry-run=server'], { quiet: true })
    return pods.code === 0 && requests.code === 0 && dryRun.code === 0
  }, 180)
}

/** All three servers are killed at once, restart by themselves and keep their state. */
export async function crash(demo: DemoRunner): Promise<void> {
  demo.scene('13. Gateway, apiserver and webhook are killed; they come back, and a grant still counts its uses')
  const known = await knownRequests(demo)
  const asking = demo.start('agent', shellWords(REQUEST))
  const name = await nextPending(demo, known)
  await demo.run('approver', ['kubectl', 'certify', 'approve', name])
  demo.check((await asking.ended).code === 0, 'the agent holds a grant of two uses')
  // The previous scene stopped all three, and the webhook may be the last to return.
  demo.check(await allAnswer(demo), 'gateway, apiserver and webhook answer the agent')
  demo.check((await demo.run('agent', scale(2))).code === 0, 'the first use succeeds')
  demo.check(findValue(await logsOf(demo), await secretValue(demo)) === undefined, "no log line of the three servers holds the Secret's value")

  const killed = await killAll(demo)
  const at = performance.now()
  const back = await allAnswer(demo)
  demo.check(back, `killed ${killed}: all are back after ${((performance.now() - at) / 1000).toFixed(1)} s`)
  const second = await eventually(async () => (await demo.run('agent', scale(1), { quiet: true })).code === 0, 90)
  demo.check(second, 'the second use of the grant succeeds after the crash')
  demo.check((await demo.run('agent', scale(2))).code !== 0, 'a third is refused: the use from before the crash still counts')
}
