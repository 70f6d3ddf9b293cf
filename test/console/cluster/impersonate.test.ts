import { expect, it } from 'vitest'
import { impersonationHeaders, userClient } from '../../../console/cluster/impersonate.ts'
import { newSession } from '../../../console/session/session.ts'
import { StatusError } from '../../../domain/status-error.ts'
import type { KubeClient } from '../../../kube/client.ts'

const session = (username: string, ...groups: string[]) => newSession({ username, groups }, 0)

it('names the user, the groups, the session and the console, in UTF-8', () => {
  const alice = session('oidc:\u00e4lice', 'oidc:a', 'oidc:\u{1f600}')
  const headers = impersonationHeaders(alice)
  expect(Object.keys(headers).toSorted()).toEqual([
    'impersonate-extra-jit.access%2Fsession',
    'impersonate-extra-jit.access%2Fvia',
    'impersonate-group',
    'impersonate-user',
  ])
  expect(Buffer.from(String(headers['impersonate-user']), 'latin1').toString('utf8')).toBe('oidc:\u00e4lice')
  expect(headers['impersonate-extra-jit.access%2Fvia']).toBe('console')
})

it.each([
  ['', []],
  ['system:kube-controller-manager', []],
  ['system:serviceaccount:jit-system:jit-gateway', []],
  ['SYSTEM:admin', []],
  ['jit.access:agent', []],
  ['oidc:alice', ['system:masters']],
  ['oidc:alice', ['oidc:a', 'jit.access:agents']],
  ['oidc:alice', ['Jit.Access:elevated:p']],
])('never impersonates a name of Kubernetes or of jit-access: %j %j', (username, groups) => {
  expect(() => impersonationHeaders(session(username, ...groups))).toThrow(StatusError)
})

it('says that the installation is at fault when the console may not impersonate', async () => {
  const message =
    'users.authentication.k8s.io "oidc:alice" is forbidden: User "x" cannot impersonate:user-info resource "users" in API group "authentication.k8s.io"'
  const refusing = { json: () => Promise.reject(new StatusError('Forbidden', message)) } as unknown as KubeClient
  const failure: unknown = await userClient(refusing, session('oidc:alice'), new AbortController().signal)
    .json({ method: 'GET', path: '/' })
    .catch((error: unknown) => error)
  expect(failure).toMatchObject({ code: 500, message: expect.not.stringContaining('alice') as unknown })
})
