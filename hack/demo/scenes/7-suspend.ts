import type { DemoRunner } from '../demo-runner.ts'
import { knownRequests, nextPending, shellWords } from '../command-output.ts'

const pods = ['kubectl', '-n', 'shop', 'get', 'pods'] as const

/** One command stops all agents, and nobody else. */
export async function suspend(demo: DemoRunner): Promise<void> {
  demo.scene('7. An approver stops all agents while one holds exec')
  const known = await knownRequests(demo)
  const asking = demo.start(
    'agent',
    shellWords('kubectl create accessrequest --verb=create,get --resource=pods/exec --namespace=shop --duration=10m --reason="look again" --wait'),
  )
  await demo.run('approver', ['kubectl', 'certify', 'approve', await nextPending(demo, known)])
  demo.check((await asking.ended).code === 0, 'the agent holds a grant for exec')
  const shell = demo.start('agent', ['kubectl', '-n', 'shop', 'exec', '-i', 'deploy/web', '--', 'sh'])
  shell.write('echo inside-$((40+2))\n')
  await shell.line(/inside-42/, 60)
  const stopped = await demo.run('approver', ['kubectl', 'certify', 'suspend', '--all', '--reason=incident 4711'])
  const at = performance.now()
  demo.check(stopped.code === 0, 'the approver suspends all agents')
  await shell.ended
  const seconds = (performance.now() - at) / 1000
  // A command that takes long shows a machine that is busy, where kubectl takes long to end too.
  demo.check(seconds < Math.max(1, stopped.seconds), `the exec ended ${seconds.toFixed(2)} s after the suspension`)
  const refused = await demo.run('agent', pods)
  demo.check(refused.code !== 0 && refused.stderr.includes('incident 4711'), 'the agent reads nothing any more, and reads why')
  demo.check((await demo.run('developer', pods)).code === 0, 'the developer works as before')
  const name = /accesssuspension\.jit\.access\/([a-z0-9-]+)/.exec(stopped.stdout)?.[1] ?? ''
  const lifted = await demo.run('approver', ['kubectl', 'certify', 'resume', name, '--reason=it was a false alarm'])
  demo.check(lifted.code === 0, 'the approver lifts the suspension, with a reason')
  demo.check((await demo.run('agent', pods)).code === 0, 'the agent goes on')
}
