import { describe, expect, it } from 'vitest'
import { createServiceAccountToken } from '../../../kube/authentication/service-account-token.ts'
import type { KubeClient } from '../../../kube/client.ts'

const START_MS = Date.parse('2026-11-29T00:00:00Z')
const HOUR_MS = 3_600_000

function setup() {
  const clock = { now: START_MS, nowMs: (): number => clock.now }
  const calls: { readonly method: string; readonly path: string; readonly body?: unknown }[] = []
  const answer = { failure: undefined as Error | undefined, expires: (): string => new Date(clock.now + HOUR_MS).toISOString() }
  const client: Pick<KubeClient, 'json'> = {
    json: async <T>(call: { readonly method: string; readonly path: string; readonly body?: unknown }) => {
      calls.push(call)
      await Promise.resolve()
      if (answer.failure !== undefined) throw answer.failure
      return { status: { token: `token-${calls.length}`, expirationTimestamp: answer.expires() } } as T
    },
  }
  return {
    clock,
    calls,
    answer,
    token: createServiceAccountToken(client as KubeClient, { namespace: 'jit-system', name: 'jit-impersonator' }, clock),
  }
}

describe('the token of a ServiceAccount', () => {
  it('is requested by TokenRequest for an hour, once for callers that ask at the same time', async () => {
    const { token, calls } = setup()
    expect(await Promise.all([token(), token(), token()])).toEqual(['token-1', 'token-1', 'token-1'])
    expect(calls).toHaveLength(1)
    expect(calls[0]).toMatchObject({
      method: 'POST',
      path: '/api/v1/namespaces/jit-system/serviceaccounts/jit-impersonator/token',
      body: { kind: 'TokenRequest', spec: { expirationSeconds: 3600 } },
    })
  })
  it('is kept for four fifths of its lifetime, and renewed then', async () => {
    const { token, clock } = setup()
    await token()
    clock.now = START_MS + 0.8 * HOUR_MS - 1
    expect(await token()).toBe('token-1')
    clock.now += 1
    expect(await token()).toBe('token-2')
  })
  it('is used until it expires when it cannot be renewed, and no longer', async () => {
    const { token, clock, answer } = setup()
    await token()
    answer.failure = new Error('the API server is away')
    clock.now = START_MS + HOUR_MS - 1
    expect(await token()).toBe('token-1')
    clock.now += 1
    await expect(token()).rejects.toThrow('the API server is away')
  })
  it('is requested again after a failure', async () => {
    const { token, answer } = setup()
    answer.failure = new Error('the API server is away')
    await expect(token()).rejects.toThrow()
    answer.failure = undefined
    expect(await token()).toBe('token-2')
  })
  it('is not kept when the API server does not say when it expires', async () => {
    const { token, answer } = setup()
    answer.expires = () => 'soon'
    expect([await token(), await token()]).toEqual(['token-1', 'token-2'])
    answer.failure = new Error('the API server is away')
    await expect(token()).rejects.toThrow('the API server is away')
  })
})
