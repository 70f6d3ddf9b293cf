import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { bootedEnvironment, environment, kubectl, mintToken, uniqueName } from './environment.ts'
import { runProgram } from './run-program.ts'

/** The error of kube-apiserver for an agent's token with this audience; empty if it accepts the token. */
const complaint = async (audience: string): Promise<string> => {
  const token = await mintToken({ user: uniqueName('somebody'), groups: 'agents', audience })
  const { kubernetes } = await environment()
  const args = ['auth', 'whoami', '--kubeconfig=/dev/null', `--server=${kubernetes.url}`, `--certificate-authority=${kubernetes.caFile}`]
  return (await kubectl('admin', [...args, `--token=${token}`])).stderr
}

describe('the shared environment', () => {
  it('knows every user by the name from the identity provider, with the credential plugin', async () => {
    const { binDir, kubeconfigs } = await bootedEnvironment()
    const names: { readonly [actor: string]: string } = {
      admin: 'admin',
      agentDirect: 'oidc:agent',
      approver: 'oidc:approver',
      secondApprover: 'oidc:second-approver',
      developer: 'oidc:developer',
    }
    for (const [actor, name] of Object.entries(names)) {
      const { stdout, stderr } = await runProgram(join(binDir, 'kubectl'), ['auth', 'whoami', '-o', 'jsonpath={.status.userInfo.username}'], {
        env: { KUBECONFIG: kubeconfigs[actor as 'admin'] },
      })
      expect([stdout, stderr]).toEqual([name, ''])
    }
  })

  it('serves the agent through the gateway', async () => {
    const { gateway } = await environment()
    const ran = await kubectl('agent', ['get', 'pods', '-n', 'shop', '--v=6'])
    expect(ran.code).toBe(0)
    expect(ran.stderr).toContain(gateway.url)
  })

  it('accepts at kube-apiserver only tokens for kube-apiserver', async () => {
    expect(await complaint('kubernetes')).toBe('')
    expect(await complaint('jit-gateway')).toContain('You must be logged in to the server')
  })
})
