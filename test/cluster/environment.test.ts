import { describe, expect, it } from 'vitest'
import { environment, kubectl, mintToken, uniqueName } from './environment.ts'

/** The error of kube-apiserver for an agent's token with this audience; empty if it accepts the token. */
const complaint = async (audience: string): Promise<string> => {
  const token = await mintToken({ user: uniqueName('somebody'), groups: 'agents', audience })
  const { kubernetes } = await environment()
  const args = ['auth', 'whoami', '--kubeconfig=/dev/null', `--server=${kubernetes.url}`, `--certificate-authority=${kubernetes.caFile}`]
  return (await kubectl('admin', [...args, `--token=${token}`])).stderr
}

describe('the shared environment', () => {
  it('knows every user by the name from the identity provider', async () => {
    const names: { readonly [actor: string]: string } = {
      admin: 'admin',
      agentDirect: 'oidc:agent',
      approver: 'oidc:approver',
      secondApprover: 'oidc:second-approver',
      developer: 'oidc:developer',
    }
    for (const [actor, name] of Object.entries(names)) {
      const { stdout, stderr } = await kubectl(actor as 'admin', ['auth', 'whoami', '-o', 'jsonpath={.status.userInfo.username}'])
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
