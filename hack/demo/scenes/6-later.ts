import type { Stage } from '../stage.ts'
import { knownRequests, nextPending } from '../words.ts'

/** Many tools of agents give a command a few seconds. */
const TOOL_LIMIT_SECONDS = '8'
const REMOVE = ['kubectl', '-n', 'shop', 'delete', 'deployment', 'late', '--wait=false'] as const

/** An agent whose commands may take only seconds gets its operation approved later, and repeats the command. */
export async function later(stage: Stage): Promise<void> {
  stage.scene('6. The agent has eight seconds for a command; its approver takes longer')
  const made = await stage.run('developer', ['kubectl', '-n', 'shop', 'create', 'deployment', 'late', '--image=none', '--replicas=0'])
  stage.check(made.code === 0, 'the developer makes deployment late')
  const known = await knownRequests(stage)
  const isFiled = (): Promise<boolean> => knownRequests(stage).then((now) => now.size > known.size)
  let cut = { code: 0 }
  // A busy machine may not get as far as the gateway within the limit. Then the agent tries again.
  for (let tries = 0; tries < 5 && !(await isFiled()); tries++) cut = await stage.start('agent', ['timeout', TOOL_LIMIT_SECONDS, ...REMOVE]).ended
  const name = await nextPending(stage, known)
  stage.check(cut.code !== 0, `the command is ended after ${TOOL_LIMIT_SECONDS} s`)
  await stage.run('approver', ['kubectl', 'certify', 'approve', name, '--reason=it is late'])
  const waited = await stage.run('agent', ['kubectl', 'wait', '--for=condition=Approved', `accessrequest/${name}`, '--timeout=60s'])
  stage.check(waited.code === 0, 'the request stayed open, and the agent waits for its approval')
  const repeated = await stage.run('agent', REMOVE)
  stage.check(repeated.code === 0, 'the same command, repeated, goes through')

  const first = await stage.run('agent', [
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
  stage.check(first.code === 0 && first.stdout.includes('accessrequest.jit.access/'), 'the agent can also ask first, without running anything')
  const kept = await stage.run('admin', ['kubectl', '-n', 'shop', 'get', 'deployment', 'keep'], { quiet: true })
  stage.check(kept.code === 0, 'nothing is deleted')
  const asked = /accessrequest\.jit\.access\/([a-z0-9-]+)/.exec(first.stdout)?.[1] ?? ''
  stage.check((await stage.run('agent', ['kubectl', 'certify', 'withdraw', asked])).code === 0, 'the agent withdraws its request')
}
