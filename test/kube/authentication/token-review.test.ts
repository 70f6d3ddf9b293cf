import { expect, it } from 'vitest'
import { StatusError } from '../../../domain/status-error.ts'
import type { KubeCall, KubeClient } from '../../../kube/client.ts'
import { createTokenReviewer } from '../../../kube/authentication/token-review.ts'

type Status = { readonly authenticated?: boolean; readonly user?: object; readonly audiences?: readonly string[] }

function setup(answer: (nth: number) => Status, audiences: readonly string[] = []) {
  const clock = { now: 0, nowMs: () => clock.now }
  const calls: KubeCall[] = []
  const json = (call: KubeCall): Promise<{ readonly status: Status }> => {
    calls.push(call)
    return new Promise((resolve) => resolve({ status: answer(calls.length) }))
  }
  const client = { json, raw: () => Promise.reject(new Error('unused')), close: () => Promise.resolve() } as unknown as KubeClient
  return { clock, calls, review: createTokenReviewer(client, audiences, clock) }
}
const yes: Status = { authenticated: true, user: { username: 'a', groups: ['g'] } }

it('shares one review among concurrent calls, and caches it for ten seconds', async () => {
  const { review, calls, clock } = setup(() => yes)
  const answers = await Promise.all([review('t'), review('t'), review('t')])
  expect(answers.map((user) => user?.username)).toEqual(['a', 'a', 'a'])
  clock.now = 9_999
  await review('t')
  expect(calls).toHaveLength(1)
  clock.now = 10_000
  await review('t')
  await review('other')
  expect(calls).toHaveLength(3)
})
it('caches a negative result too', async () => {
  const { review, calls } = setup(() => ({ authenticated: false, user: { username: 'a' } }))
  expect([await review('t'), await review('t')]).toEqual([undefined, undefined])
  expect(calls).toHaveLength(1)
})
it('does not cache an error', async () => {
  const { review } = setup((nth) => {
    if (nth === 1) throw new StatusError('BadGateway', 'away')
    return yes
  })
  await expect(review('t')).rejects.toThrow('away')
  expect((await review('t'))?.username).toBe('a')
})
it('rejects a token for another audience, or of unknown audience', async () => {
  for (const audiences of [['kubernetes'], undefined]) {
    const { review } = setup(() => ({ ...yes, ...(audiences === undefined ? {} : { audiences }) }), ['jit-gateway'])
    expect(await review('t')).toBeUndefined()
  }
  const { review } = setup(() => ({ ...yes, audiences: ['jit-gateway'] }), ['jit-gateway'])
  expect((await review('t'))?.groups).toEqual(['g'])
})
it('keeps the result of a user while others send any number of invalid tokens', async () => {
  const { calls, review } = setup((nth) => (nth === 1 ? yes : { authenticated: false }))
  await review('t')
  for (let count = 0; count < 10_000; count++) await review(`invalid ${count}`)
  expect((await review('t'))?.username).toBe('a')
  expect(calls).toHaveLength(10_001)
  await review('invalid 0')
  expect(calls).toHaveLength(10_002)
})
it('asks again after a review that failed', async () => {
  let asked = 0
  const json = () => (++asked === 1 ? Promise.reject(new Error('away')) : Promise.resolve({ status: yes }))
  const review = createTokenReviewer({ json } as unknown as KubeClient, [], { nowMs: () => 0 })
  await expect(review('t')).rejects.toThrow('away')
  expect((await review('t'))?.username).toBe('a')
})
it('never accepts a token whose review was negative, whatever the order of results', async () => {
  const clock = { now: 0, nowMs: () => clock.now }
  const answers: ((status: Status) => void)[] = []
  const json = () => new Promise((resolve) => answers.push((status) => resolve({ status })))
  const client = { json } as unknown as KubeClient
  const review = createTokenReviewer(client, [], clock)
  const slow = review('t')
  clock.now = 10_000
  const fresh = review('t')
  answers[1]?.({ authenticated: false })
  expect(await fresh).toBeUndefined()
  answers[0]?.(yes)
  expect((await slow)?.username).toBe('a')
  expect(await review('t')).toBeUndefined()
})
