import * as oidc from 'openid-client'
import { expect, it } from 'vitest'
import { failureOf } from '../../../../cli/certify/login/token-endpoint.ts'

it('repeats the words of the provider without what would steer the terminal', () => {
  const cause = new URLSearchParams({ error: 'access_denied', error_description: 'no\u001b]0;title\u0007 way\u202e' })
  const { message } = failureOf(new oidc.AuthorizationResponseError('refused', { cause }))
  expect(message).toContain('did not sign you in: no')
  expect(message).not.toMatch(/\p{Cc}|\p{Cf}/u)
})
