import { findValue } from '../canary.ts'
import { logsOf, takeAway } from '../servers.ts'
import type { Stage } from '../stage.ts'
import { eventually, secretValue } from '../words.ts'

const annotate = (note: string): readonly string[] => ['kubectl', '-n', 'shop', 'annotate', 'deployment', 'web', `note=${note}`, '--overwrite']

/** What other users may need from the cluster while jit-access is down. */
async function during(stage: Stage): Promise<void> {
  stage.check((await stage.run('developer', annotate('two'))).code === 0, 'the developer writes with all three down')
  const read = await stage.run('developer', ['kubectl', '-n', 'shop', 'get', 'pods'])
  stage.check(read.code === 0 && read.stderr === '', 'the developer reads with all three down, and kubectl does not complain')
  const refused = await stage.run('agentDirect', ['kubectl', '-n', 'shop', 'scale', 'deployment', 'web', '--replicas=1'])
  stage.check(refused.code !== 0, 'the agent still cannot write past the gateway')
  const left = await stage.run('admin', ['kubectl', 'delete', 'namespace', 'leaving', '--timeout=110s'])
  stage.check(left.code === 0, `a namespace deletion completes with all three down (${left.seconds.toFixed(1)} s)`)
}

/** Users without a policy do not notice whether jit-access is up or down. */
export async function outage(stage: Stage): Promise<void> {
  stage.scene('12. The developer works as before, also with gateway, webhook and apiserver down')
  stage.check((await stage.run('developer', annotate('one'))).code === 0, 'the developer writes')
  await stage.run('admin', ['kubectl', 'create', 'namespace', 'leaving'], { quiet: true })
  // Pod logs are deleted with the pods, so search them first.
  stage.check(findValue(await logsOf(stage), await secretValue(stage)) === undefined, "no log line of the three servers holds the Secret's value")
  const bringBack = await takeAway(stage)
  try {
    await during(stage)
  } finally {
    await bringBack()
  }
  const back = await eventually(async () => (await stage.run('agent', ['kubectl', '-n', 'shop', 'get', 'pods'], { quiet: true })).code === 0, 180)
  stage.check(back, 'the agent reads again once they are back')
}
