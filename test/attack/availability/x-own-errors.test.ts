import { afterEach, describe, expect, it } from 'vitest'
import type { KubeClient } from '../../../kube/client.ts'
import { createAuthorizer } from '../../../kube/subject-access-review.ts'
import { createTokenReviewer } from '../../../kube/authentication/token-review.ts'
import { StatusError, type StatusReason } from '../../../domain/status-error.ts'
import { createLiveSecrets } from '../../../gateway/decide/live-secrets.ts'
import { createAccessRequestClient } from '../../../gateway/hold/access-requests.ts'
import { AGENT } from '../../domain/builders.ts'
import { createFixture, type Fixture } from '../../gateway/gateway-fixture.ts'

/** X. An outage of ours that an agent hears as a denial. */
let fixture: Fixture | undefined
afterEach(() => fixture?.stop())

const clock = { nowMs: () => 0 }
const refusing = (reason: StatusReason): KubeClient =>
  ({ json: () => Promise.reject(new StatusError(reason, 'User "system:serviceaccount:jit-system:jit-gateway" cannot')) }) as unknown as KubeClient

const CALLS: { readonly [what: string]: (client: KubeClient) => Promise<unknown> } = {
  'a review of a token': (client) => createTokenReviewer(client, ['jit-gateway'], clock)('token'),
  'a review of access': (client) => createAuthorizer(client).allowed(AGENT, { verb: 'get', path: '/version' }),
  'a read of a Secret': (client) => createLiveSecrets(client).find('shop', 'db'),
  'a read of Helm releases': (client) => createLiveSecrets(client).releases('shop'),
  'a read of a request': (client) =>
    createAccessRequestClient({ client, clock, followRequest: () => Promise.reject(new Error('unused')) as never }).read('hold-1'),
}

describe('X. errors of ours', () => {
  it('X374 what kube-apiserver says to us is neither a denial nor a 401 for the agent', async () => {
    for (const [what, call] of Object.entries(CALLS))
      for (const reason of ['Unauthorized', 'Forbidden', 'TooManyRequests', 'BadRequest'] as const) {
        const error: unknown = await call(refusing(reason)).catch((thrown: unknown) => thrown)
        expect(error, `${what}: ${reason}`).toMatchObject({ code: 503 })
        expect((error as Error).message, what).not.toContain('jit-gateway')
      }
  })

  it('X375 a credential of the gateway that kube-apiserver refuses does not send the agent for a new token', async () => {
    fixture = await createFixture()
    fixture.state.reply = (_, response) => response.writeHead(401, { 'content-type': 'application/json' }).end('{"kind":"Status","code":401}')
    for (const line of ['GET /api/v1/namespaces/shop/configmaps', 'GET /version']) {
      const answer = await fixture.send(line)
      expect([line, answer.status]).toEqual([line, 503])
      expect(answer.body).toContain('credential')
      expect(answer.head).not.toMatch(/www-authenticate/i)
    }
  })
})
