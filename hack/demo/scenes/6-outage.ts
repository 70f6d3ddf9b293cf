import type { Stage } from '../stage.ts'
import { eventually } from '../words.ts'

const PARTS = ['jit-gateway', 'jit-webhook', 'jit-apiserver'] as const

/** Stops and starts the three servers: Deployments in the cluster, processes of this machine with `--local`. */
async function servers(stage: Stage, running: boolean): Promise<void> {
  for (const part of PARTS) {
    const { environment } = stage
    const place = environment.processes[part.slice('jit-'.length)]
    if (typeof place === 'number') process.kill(place, running ? 'SIGCONT' : 'SIGSTOP')
    else await stage.run('admin', ['kubectl', '-n', 'jit-system', 'scale', 'deployment', part, `--replicas=${running ? 1 : 0}`], { quiet: true })
  }
}

/** Who is governed by no policy does not notice jit-access, alive or dead. */
export async function outage(stage: Stage): Promise<void> {
  stage.scene('6. The developer works as before, also with gateway, webhook and apiserver down')
  const before = await stage.run('developer', ['kubectl', '-n', 'shop', 'annotate', 'deployment', 'web', 'note=one', '--overwrite'])
  stage.check(before.code === 0, 'the developer writes')
  await stage.run('admin', ['kubectl', 'create', 'namespace', 'leaving'], { quiet: true })
  await servers(stage, false)
  try {
    const during = await stage.run('developer', ['kubectl', '-n', 'shop', 'annotate', 'deployment', 'web', 'note=two', '--overwrite'])
    stage.check(during.code === 0, 'the developer writes with all three down')
    const left = await stage.run('admin', ['kubectl', 'delete', 'namespace', 'leaving', '--timeout=60s'])
    stage.check(left.code === 0, 'a namespace deletion completes with all three down')
  } finally {
    await servers(stage, true)
  }
  const back = await eventually(async () => (await stage.run('agent', ['kubectl', '-n', 'shop', 'get', 'pods'], { quiet: true })).code === 0, 90)
  stage.check(back, 'the agent reads again once they are back')
}
