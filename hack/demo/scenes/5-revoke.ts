import type { DemoRunner } from '../demo-runner.ts'
import { knownRequests, nextPending, shellWords } from '../command-output.ts'

type Grants = { readonly items: readonly { readonly metadata: { readonly name: string }; readonly spec: { readonly requestName: string } }[] }

async function grantOf(demo: DemoRunner, request: string): Promise<string> {
  const outcome = await demo.run('approver', ['kubectl', 'get', 'accessgrants', '-o', 'json'], { quiet: true })
  return (JSON.parse(outcome.stdout) as Grants).items.find((grant) => grant.spec.requestName === request)?.metadata.name ?? ''
}

/** Revoking a grant ends its open streams. */
export async function revoke(demo: DemoRunner): Promise<void> {
  demo.scene('5. An approver revokes while the agent holds exec and logs -f')
  const known = await knownRequests(demo)
  const asking = demo.start(
    'agent',
    shellWords(
      'kubectl create accessrequest --verb=create,get --resource=pods/exec,pods/log --namespace=shop --duration=10m --reason="look inside" --wait',
    ),
  )
  const name = await nextPending(demo, known)
  await demo.run('approver', ['kubectl', 'certify', 'approve', name])
  demo.check((await asking.ended).code === 0, 'the agent holds a grant for exec and logs')
  const shell = demo.start('agent', ['kubectl', '-n', 'shop', 'exec', '-i', 'deploy/web', '--', 'sh'])
  shell.write('echo inside-$((40+2))\n')
  await shell.line(/inside-42/, 60)
  const follow = demo.start('agent', ['kubectl', '-n', 'shop', 'logs', '-f', 'deploy/web', '--tail=1'])
  await follow.line(/./, 60)
  const grant = await grantOf(demo, name)
  demo.check(grant !== '', 'the grant has a name to revoke')
  const revoked = await demo.run('approver', ['kubectl', 'certify', 'revoke', grant, '--reason=enough seen'])
  const at = performance.now()
  demo.check(revoked.code === 0, 'the approver revokes it')
  await Promise.all([shell.ended, follow.ended])
  const seconds = (performance.now() - at) / 1000
  // A command that takes long shows a machine that is busy, where kubectl takes long to end too.
  demo.check(seconds < Math.max(1, revoked.seconds), `both streams ended ${seconds.toFixed(2)} s after the revocation`)
}
