import { findValue } from '../canary.ts'
import { logsOf, takeAway } from '../servers.ts'
import type { DemoRunner } from '../demo-runner.ts'
import { eventually, secretValue } from '../command-output.ts'

const annotate = (note: string): readonly string[] => ['kubectl', '-n', 'shop', 'annotate', 'deployment', 'web', `note=${note}`, '--overwrite']

/** What other users may need from the cluster while jit-access is down. */
async function during(demo: DemoRunner): Promise<void> {
  demo.check((await demo.run('developer', annotate('two'))).code === 0, 'the developer writes with all three down')
  const read = await demo.run('developer', ['kubectl', '-n', 'shop', 'get', 'pods'])
  demo.check(read.code === 0 && read.stderr === '', 'the developer reads with all three down, and kubectl does not complain')
  const refused = await demo.run('agentDirect', ['kubectl', '-n', 'shop', 'scale', 'deployment', 'web', '--replicas=1'])
  demo.check(refused.code !== 0, 'the agent still cannot write past the gateway')
  const left = await demo.run('admin', ['kubectl', 'delete', 'namespace', 'leaving', '--timeout=110s'])
  demo.check(left.code === 0, `a namespace deletion completes with all three down (${left.seconds.toFixed(1)} s)`)
}

/** Users without a policy do not notice whether jit-access is up or down. */
export async function outage(demo: DemoRunner): Promise<void> {
  demo.scene('12. The developer works as before, also with gateway, webhook and apiserver down')
  demo.check((await demo.run('developer', annotate('one'))).code === 0, 'the developer writes')
  await demo.run('admin', ['kubectl', 'create', 'namespace', 'leaving'], { quiet: true })
  // Pod logs are deleted with the pods, so search them first.
  demo.check(findValue(await logsOf(demo), await secretValue(demo)) === undefined, "no log line of the three servers holds the Secret's value")
  const bringBack = await takeAway(demo)
  try {
    await during(demo)
  } finally {
    await bringBack()
  }
  const back = await eventually(async () => (await demo.run('agent', ['kubectl', '-n', 'shop', 'get', 'pods'], { quiet: true })).code === 0, 180)
  demo.check(back, 'the agent reads again once they are back')
}
