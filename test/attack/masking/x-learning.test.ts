import { describe, expect, it } from 'vitest'
import { KnownValues, type Learned, type SecretValue } from '../../../domain/mask/masker.ts'
import { SecretLearner } from '../../../gateway/mask/values/secret-learner.ts'

/** X. What one namespace may cost others while the gateway learns its values. */

/** Values whose learning takes so many milliseconds each, by namespace. */
class SlowValues extends KnownValues {
  readonly #ms: { readonly [namespace: string]: number }
  learned = 0

  constructor(ms: { readonly [namespace: string]: number }) {
    super()
    this.#ms = ms
  }

  override *learn(value: SecretValue): Generator<void, Learned> {
    const until = performance.now() + (this.#ms[value.namespace] ?? 0)
    while (performance.now() < until) yield
    this.learned++
    return yield* super.learn(value)
  }
}

describe('X. learning', () => {
  it('X498 the gateway is ready at startup although the values of one namespace take hours', async () => {
    const known = new SlowValues({ flood: 3_600_000 })
    const learner = new SecretLearner({ known, clock: { nowMs: () => 0 }, startupMs: 50, onFailed: () => {} })
    for (const namespace of ['flood', 'shop'])
      learner.change({
        type: 'ADDED',
        object: { metadata: { name: 'db', namespace }, data: { password: Buffer.from('kT9xvQ2mZ7pLw4R').toString('base64') } },
      })
    await learner.learned()
    expect([known.learned, learner.late]).toEqual([1, 1])
  })

  it('X499 judges no values of a Secret that has as many parts as count', () => {
    const known = new KnownValues()
    // Each takes a step for every few lines, unless the Secret is full.
    const learn = (secret: string, key: number, lines = 1): number => {
      const value = Array.from({ length: lines }, (_, line) => `kT9xvQ2mZ7pLw4R${key}x${line}`).join('\n')
      const steps = known.learn({ namespace: 'flood', secret, key: `k${key}`, value: Buffer.from(value) })
      let count = 1
      while (steps.next().done !== true) count++
      return count
    }
    for (let key = 0; key < 400; key++) learn('many', key)
    expect(known.notSearched.size).toBe(0)
    expect(learn('other', 0, 100)).toBeGreaterThan(10)
    expect(learn('many', 400, 100)).toBe(1)
    expect([...known.notSearched].map(({ notSearched }) => notSearched)).toEqual(['too many values in the Secret'])
  })
})
