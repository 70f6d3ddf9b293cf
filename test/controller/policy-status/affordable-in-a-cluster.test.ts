import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { environment, kubectl, mintToken, uniqueName } from '../../cluster/environment.ts'
import { runProgram, type Ran } from '../../cluster/run-program.ts'

const user = uniqueName('affordable')
const namespace = uniqueName('affordable')
const policy = uniqueName('affordable')

async function admin(args: readonly string[], input?: object): Promise<string> {
  const ran = await kubectl('admin', args, input === undefined ? {} : { input: JSON.stringify(input) })
  if (ran.code !== 0) throw new Error(ran.stderr)
  return ran.stdout
}
/** kubectl as a user that this policy alone governs, through the gateway. */
async function agent(args: readonly string[], input: object): Promise<Ran> {
  const { gateway, binDir } = await environment()
  const token = await mintToken({ user, groups: 'affordable', audience: 'jit-gateway' })
  return runProgram('kubectl', [...args, `--server=${gateway.url}`, `--certificate-authority=${gateway.caFile}`, `--token=${token}`], {
    env: { PATH: `${binDir}:${process.env['PATH'] ?? ''}`, KUBECONFIG: '/dev/null' },
    input: JSON.stringify(input),
  })
}
const configMap = (name: string, keys: number): object => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace },
  data: Object.fromEntries(Array.from({ length: keys }, (_, key) => [`key-${key}`, `value of ${key}`])),
})
/** What agents of the policy may do beside what `policy-rbac` binds: here they create ConfigMaps without a grant. */
const writes: object = {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRoleBinding',
  metadata: { name: `${policy}-edit` },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'edit' },
  subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: `jit.access:baseline:${policy}` }],
}
let rbac: object
const match = { apiGroups: [''], resources: ['configmaps'], verbs: ['create'], subresources: [''] }

beforeAll(async () => {
  await admin(['create', 'namespace', namespace])
  rbac = JSON.parse(await admin(['certify', 'policy-rbac', policy, '-o', 'json'])) as object
  await admin(['apply', '-f', '-'], rbac)
  await admin(['apply', '-f', '-'], writes)
  await admin(['apply', '-f', '-'], {
    apiVersion: 'jit.access/v1',
    kind: 'AccessPolicy',
    metadata: { name: policy },
    spec: {
      subjects: [{ kind: 'User', name: `oidc:${user}` }],
      rules: [
        {
          name: 'pairs',
          match: { ...match, condition: 'object.data.exists(a, object.data.exists(b, object.data[a] == object.data[b] + "x"))' },
          effect: 'Deny',
        },
        { name: 'create', match, effect: 'Allow' },
      ],
    },
  })
  await admin(['wait', '--for=condition=Impersonable', `accesspolicy/${policy}`, '--timeout=110s'])
})
afterAll(async () => {
  await admin(['delete', 'accesspolicy', policy, '--ignore-not-found'])
  await admin(['delete', '-f', '-', '--ignore-not-found'], rbac)
  await admin(['delete', '-f', '-', '--ignore-not-found'], writes)
  await admin(['delete', 'namespace', namespace, '--wait=false'])
})

describe('a condition that is too expensive for what it is applied to', () => {
  it('decides small objects', async () => {
    const small = await agent(['create', '-f', '-'], configMap('small', 5))
    expect([small.code, small.stderr]).toEqual([0, ''])
  })
  it('refuses large ones as an error, and the policy says which rule it is', async () => {
    const large = await agent(['create', '-f', '-'], configMap('large', 600))
    expect(large.code).not.toBe(0)
    expect(large.stderr).toContain('pairs')
    expect(large.stderr).not.toContain('Forbidden')
    await admin(['wait', '--for=condition=Affordable=False', `accesspolicy/${policy}`, '--timeout=110s'])
    const message = await admin(['get', 'accesspolicy', policy, '-o', 'jsonpath={.status.conditions[?(@.type=="Affordable")].message}'])
    expect(message).toContain('pairs')
  })
})
