import type { Stage } from '../stage.ts'
import { knownRequests, nextPending, shellWords } from '../words.ts'

type Grants = { readonly items: readonly { readonly metadata: { readonly name: string }; readonly spec: { readonly requestName: string } }[] }

async function grantOf(stage: Stage, request: string): Promise<string> {
  const outcome = await stage.run('approver', ['kubectl', 'get', 'accessgrants', '-o', 'json'], { quiet: true })
  return (JSON.parse(outcome.stdout) as Grants).items.find((grant) => grant.spec.requestName === request)?.metadata.name ?? ''
}

/** Revoking a grant ends its open streams. */
export async function revoke(stage: Stage): Promise<void> {
  stage.scene('5. An approver revokes while the agent holds exec and logs -f')
  const known = await knownRequests(stage)
  const asking = stage.start(
    'agent',
    shellWords(
      'kubectl create accessrequest --verb=create,get --resource=pods/exec,pods/log --namespace=shop --duration=10m --reason="look inside" --wait',
    ),
  )
  const name = await nextPending(stage, known)
  await stage.run('approver', ['kubectl', 'certify', 'approve', name])
  stage.check((await asking.ended).code === 0, 'the agent holds a grant for exec and logs')
  const shell = stage.start('agent', ['kubectl', '-n', 'shop', 'exec', '-i', 'deploy/web', '--', 'sh'])
  shell.write('echo inside-$((40+2))\n')
  await shell.line(/inside-42/, 60)
  const follow = stage.start('agent', ['kubectl', '-n', 'shop', 'logs', '-f', 'deploy/web', '--tail=1'])
  await follow.line(/./, 60)
  const grant = await grantOf(stage, name)
  stage.check(grant !== '', 'the grant has a name to revoke')
  const revoked = await stage.run('approver', ['kubectl', 'certify', 'revoke', grant, '--reason=enough seen'])
  const at = performance.now()
  stage.check(revoked.code === 0, 'the approver revokes it')
  await Promise.all([shell.ended, follow.ended])
  const seconds = (performance.now() - at) / 1000
  // A command that takes long shows a machine that is busy, where kubectl takes long to end too.
  stage.check(seconds < Math.max(1, revoked.seconds), `both streams ended ${seconds.toFixed(2)} s after the revocation`)
}
