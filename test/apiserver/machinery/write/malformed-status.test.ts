import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { grantOf, put, requestOf, serveApi, user, type Served } from '../../resources/served-api.ts'

const about = { owner: 'oidc:agent', policy: 'p', namespaces: ['shop'] }
const ADMIN = user('admin', 'system:masters')

let api: Served
beforeEach(async () => {
  api = await serveApi(Date.parse('2026-11-25T12:00:00Z'))
  await put(api.store, 'accessgrants', grantOf('given', about))
  await put(api.store, 'accessrequests', requestOf('asked', about))
})
afterEach(() => api.close())

describe.each(['accessgrants/given/revocation', 'accessrequests/asked/approval', 'accessrequests/asked/status'])('a write to %s', (path) => {
  it.each([{ conditions: 'x' }, { conditions: [null] }, { conditions: {} }, { conditions: [{ type: 5 }] }])(
    'with a status of another shape is invalid, not an error of the server: %j',
    async (status) => {
      const { code, body } = await api.send(ADMIN, `PATCH ${path}`, { type: 'application/merge-patch+json', body: { status } })
      expect([code, body['reason']]).toEqual([422, 'Invalid'])
    },
  )
})
