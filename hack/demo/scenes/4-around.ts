import type { Outcome, DemoRunner } from '../demo-runner.ts'
import { eventually, knownRequests, nextPending, remedyOf } from '../command-output.ts'

const binding = (name: string, role: string): string => `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: ${name}}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: ${role}}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: "oidc:agent"}]
`

const CAN_SCALE = ['kubectl', '-n', 'shop', 'auth', 'can-i', 'patch', 'deployments.apps', '--subresource=scale'] as const

const forbidden = (outcome: Outcome): boolean => outcome.code !== 0 && /forbidden|denied/i.test(outcome.stderr)

/** None of the agent's attempts to bypass the gateway succeeds. */
export async function around(demo: DemoRunner): Promise<void> {
  demo.scene('4. The agent tries its own approval, the direct way, and more power')
  const known = await knownRequests(demo)
  const refused = await demo.run('agent', ['kubectl', '-n', 'shop', 'scale', 'deployment', 'web', '--replicas=1'])
  await demo.run('agent', [...remedyOf(refused), '--reason=once more'])
  const name = await nextPending(demo, known)
  const own = await demo.run('agent', ['kubectl', 'certify', 'approve', name])
  demo.check(own.code !== 0, 'it cannot certify its own request')
  const denied = await demo.run('approver', ['kubectl', 'certify', 'deny', name, '--reason=not today'], { quiet: true })
  demo.check(denied.code === 0, 'the approver denies it')

  const direct = await demo.run('agentDirect', ['kubectl', '-n', 'shop', 'get', 'pods'])
  demo.check(forbidden(direct), 'straight at kube-apiserver its token may not even read')
  const mistake = await demo.run('admin', ['kubectl', 'apply', '-f', '-'], { input: binding('by-mistake', 'cluster-admin') })
  demo.check(mistake.code === 0, 'an admin binds it to cluster-admin by mistake')
  try {
    // kube-apiserver applies a new binding a moment later.
    await eventually(async () => (await demo.run('agentDirect', CAN_SCALE, { quiet: true })).code === 0, 60)
    const armed = await demo.run('agentDirect', ['kubectl', '-n', 'shop', 'scale', 'deployment', 'web', '--replicas=1'])
    demo.check(forbidden(armed) && armed.stderr.includes('admission webhook'), 'the webhook still refuses it')
  } finally {
    await demo.run('admin', ['kubectl', 'delete', 'clusterrolebinding', 'by-mistake'], { quiet: true })
  }

  const impersonated = await demo.run('agent', ['kubectl', 'get', 'secrets', '-A', '--as=system:admin', '--as-group=system:masters'])
  demo.check(impersonated.code !== 0, 'it may not impersonate')
  const token = await demo.run('agent', ['kubectl', '-n', 'shop', 'create', 'token', 'default'])
  demo.check(forbidden(token), 'it gets no ServiceAccount token')
  const power = await demo.run('agent', ['kubectl', 'create', '-f', '-'], { input: binding('agent-admin', 'cluster-admin') })
  demo.check(forbidden(power), 'it makes no privileged binding')
}
