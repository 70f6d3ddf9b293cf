import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { AccessRequest } from '../../../domain/api/access-request.ts'
import { AGENT, breakGlass, glassy, install, reviewNames, START } from './break-glass/break-glass-agents.ts'
import { grantOf, put, requestOf, serveApi, user, type Served } from './served-api.ts'

const SECRET = 'rotate-the-key-of-payments'
const about = { owner: 'oidc:agent', policy: 'agents', namespaces: ['payments'] }
/** May write the subresources by RBAC, as jit-reviewer is bound for the cluster, and may certify in another namespace only. */
const NEIGHBOUR = user('nina')

let api: Served
let review: string
beforeEach(async () => {
  api = await serveApi(START)
  await install(api, glassy('agents'))
  await breakGlass(api, 'urgent', AGENT, {
    reason: SECRET,
    rules: [{ verbs: ['patch'], apiGroups: ['apps'], resources: ['deployments'], namespaces: ['payments'] }],
  })
  review = (await reviewNames(api))[0] ?? ''
  const request = requestOf('ask', about)
  const operation = { method: 'DELETE', path: '/api/v1/x', digest: 'a'.repeat(64), diff: SECRET, planReaders: 'Approvers' } as const
  const spec: AccessRequest['spec'] = { ...request.spec, reason: SECRET, operation }
  await put(api.store, 'accessrequests', { ...request, spec })
  const grant = grantOf('given', about)
  await put(api.store, 'accessgrants', { ...grant, spec: { ...grant.spec, subject: { username: SECRET } } })
  api.rights = (_, { verb, namespace }) => verb === 'certify' && namespace === 'shop'
})
afterEach(() => api.close())

/** What the neighbour is answered to a guess of a field. */
const answerTo = async (value: string, { path, from }: { readonly path: string; readonly from: string }): Promise<string> =>
  (await api.send(NEIGHBOUR, `PATCH ${path}`, { type: 'application/json-patch+json', body: [{ op: 'test', path: from, value }] })).text

describe.each([
  ['a request', () => 'accessrequests/ask/approval', '/spec/reason'],
  ['the plan of a request', () => 'accessrequests/ask/approval', '/spec/operation/diff'],
  ['a review of break-glass', () => `breakglassreviews/${review}/decision`, '/spec/reason'],
  ['a grant', () => 'accessgrants/given/revocation', '/spec/subject/username'],
])('%s that a caller cannot see', (_, path, from) => {
  it.each(['/apiVersion', '/kind', '/metadata/name', '/metadata/uid', '/metadata/labels'])(
    'is not quoted by the error of a patch that copies it to %s',
    async (to) => {
      const patch = [{ op: 'copy', from, path: to }]
      const { code, text } = await api.send(NEIGHBOUR, `PATCH ${path()}`, { type: 'application/json-patch+json', body: patch })
      expect([code, text.includes(SECRET)]).toEqual([403, false])
    },
  )

  it('does not tell whether a guess is right', async () => {
    expect(await answerTo(SECRET, { path: path(), from })).toBe(await answerTo('something else', { path: path(), from }))
  })
})
