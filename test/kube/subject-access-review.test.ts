import { expect, it } from 'vitest'
import { withAgentName, type Identity } from '../../domain/identity.ts'
import type { KubeCall, KubeClient } from '../../kube/client.ts'
import { createAuthorizer } from '../../kube/subject-access-review.ts'

async function askedAbout(identity: Identity): Promise<string> {
  const asked: string[] = []
  const json = ({ body }: KubeCall): Promise<unknown> => {
    asked.push((body as { readonly spec: { readonly user: string } }).spec.user)
    return Promise.resolve({ status: { allowed: true } })
  }
  await createAuthorizer({ json } as KubeClient).allowed(identity, { verb: 'get', path: '/version' })
  return asked.join()
}

it('checks the user that kube-apiserver authenticated, not the name of the agent', async () => {
  const extra = { 'jit.access/user': ['oidc:approver'] }
  const agent = withAgentName({ username: 'jit.access:agent', uid: '', groups: ['jit.access:agents'], extra })
  expect(agent.username).toBe('oidc:approver')
  expect(await askedAbout(agent)).toBe('jit.access:agent')
  // Objects store their requester in this form. It maps to the same user when read back.
  expect(await askedAbout({ ...agent, groups: [...agent.groups, 'system:authenticated'] })).toBe('jit.access:agent')
  expect(await askedAbout({ username: 'oidc:approver', uid: '', groups: [], extra: {} })).toBe('oidc:approver')
})
