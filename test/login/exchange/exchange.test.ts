import { Router } from 'express'
import { describe, expect, it } from 'vitest'
import { createExchange, TOKEN_TYPES } from '../../../login/exchange/exchange.ts'
import { ExchangeRefused } from '../../../login/exchange/refused.ts'
import type { People } from '../../../login/state/people.ts'
import { UpstreamError, type SignInFailure, type Upstream } from '../../../login/upstream-provider.ts'

const upstream = (id: string, reason: SignInFailure['reason']): Upstream => ({
  id,
  label: id,
  routes: Router(),
  begin: () => Promise.resolve(),
  verifyAssertion: () => Promise.reject(new UpstreamError({ reason, message: reason })),
})
const exchanged = (...reasons: readonly SignInFailure['reason'][]): Promise<unknown> => {
  const upstreams = reasons.map((reason, index) => upstream(`u${index}`, reason))
  const exchange = createExchange({
    issuer: 'https://login.test',
    keys: () => {
      throw new Error('nothing is signed')
    },
    people: {} as People,
    tokenIssuers: { verify: () => Promise.reject(new Error('unused')) },
    upstreams,
    clock: { nowMs: () => 0 },
  })
  const client = {
    id: 'agents',
    grants: ['TokenExchange'] as const,
    exchange: { audiences: ['jit-gateway'], upstreams: upstreams.map(({ id }) => id) },
  }
  return exchange.tokenExchange(client, { subject_token: 'x', subject_token_type: TOKEN_TYPES.saml2 })
}

describe('an assertion that no upstream accepts', () => {
  it('is refused when all of them refuse it', async () => {
    await expect(exchanged('Invalid', 'Refused')).rejects.toBeInstanceOf(ExchangeRefused)
  })
  it.each([
    ['Unavailable', 'Invalid'],
    ['Invalid', 'Unavailable'],
  ] as const)('is not refused while one of them cannot tell: %s, %s', async (...reasons) => {
    await expect(exchanged(...reasons)).rejects.toMatchObject({ failure: { reason: 'Unavailable' } })
  })
})
