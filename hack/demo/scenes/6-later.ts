import type { DemoRunner } from '../demo-runner.ts'
import { knownRequests, nextPending } from '../command-output.ts'

/** Many tools of agents give a command a few seconds. */
const TOOL_LIMIT_SECONDS = '8'
const REMOVE = ['kubectl', '-n', 'shop', 'delete', 'deployment', 'late', '--wait=false'] as const

/** An agent whose commands may take only seconds gets its operation approved later, and repeats the command. */
export async function later(demo: DemoRunner): Promise<void> {
  demo.scene('6. The agent has eight seconds for a command; its approver takes longer')
  const made = await demo.run('developer', ['kubectl', '-n', 'shop', 'create', 'deployment', 'late', '--image=none', '--replicas=0'])
  demo.check(made.code === 0, 'the developer makes deployment late')
  const known = await knownRequests(demo)
  const isFiled = (): Promise<boolean> => knownRequests(demo).then((now) => now.size > known.size)
  let cut = { code: 0 }
  // A busy machine may not get as far as the gateway within the limit. Then the agent tries again.
  for (let tries = 0; tries < 5 && !(await isFiled()); tries++) cut = await demo.start('agent', ['timeout', TOOL_LIMIT_SECONDS, ...REMOVE]).ended
  const name = await nextPending(demo, known)
  demo.check(cut.code !== 0, `the command is ended after ${TOOL_LIMIT_SECONDS} s`)
  await demo.run('approver', ['kubectl', 'certify', 'approve', name, '--reason=it is late'])
  const waited = await demo.run('agent', ['kubectl', 'wait', '--for=condition=Approved', `accessrequest/${name}`, '--timeout=60s'])
  demo.check(waited.code === 0, 'the request stayed open, and the agent waits for its approval')
  const repeated = await demo.run('agent', REMOVE)
  demo.check(repeated.code === 0, 'the same command, repeated, goes through')

  const first = await demo.run('agent', [
    'kubectl',
    'create',
    'accessrequest',
    '--for',
    '--',
    'kubectl',
    '-n',
    'shop',
    'delete',
    'deployment',
    'keep',
  ])
  demo.check(first.code === 0 && first.stdout.includes('accessrequest.jit.access/'), 'the agent can also ask first, without running anything')
  const kept = await demo.run('admin', ['kubectl', '-n', 'shop', 'get', 'deployment', 'keep'], { quiet: true })
  demo.check(kept.code === 0, 'nothing is deleted')
  const asked = /accessrequest\.jit\.access\/([a-z0-9-]+)/.exec(first.stdout)?.[1] ?? ''
  demo.check((await demo.run('agent', ['kubectl', 'certify', 'withdraw', asked])).code === 0, 'the agent withdraws its request')
}
