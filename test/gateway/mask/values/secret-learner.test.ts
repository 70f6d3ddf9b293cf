import { randomBytes } from 'node:crypto'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect, it, vi } from 'vitest'
import { createKnownValues, createShortTextMasker, type KnownValues } from '../../../../domain/mask/masker.ts'
import { SecretLearner } from '../../../../gateway/mask/values/secret-learner.ts'

function setup(
  onFailed = (error: unknown): void => {
    throw error
  },
) {
  const known = createKnownValues([])
  const learner = new SecretLearner({
    known,
    clock: { nowMs: () => 0 },
    onFailed,
  })
  const set = (namespace: string, data: Readonly<Record<string, Buffer>>): void => {
    const encoded = Object.fromEntries(Object.entries(data).map(([key, value]) => [key, value.toString('base64')]))
    const object = { metadata: { name: 'db', namespace }, data: encoded }
    learner.change({ type: 'ADDED', object })
  }
  return { known, learner, set }
}

const hides = (known: KnownValues, text: string): boolean => !createShortTextMasker({ known })(`x ${text} x`).includes(text)
/** Values that are no longer kept are forgotten in slices. */
const forgets = (known: KnownValues, value: Buffer): Promise<unknown> => vi.waitUntil(() => !hides(known, String(value)))
const random = (): Buffer => Buffer.from(randomBytes(18).toString('base64url'))
/** Of no strength, so that only its size counts. */
const big = (): Buffer => Buffer.alloc(700_000, random().subarray(0, 2))

it('keeps rotated values of others, however much one namespace rotates', async () => {
  const { known, learner, set } = setup()
  const [old, now, first] = [random(), random(), random()]
  set('shop', { password: old })
  set('shop', { password: now })
  set('flood', { big: big(), first })
  await learner.learned()
  expect(hides(known, String(first))).toBe(true)
  for (let index = 0; index < 20; index++) set('flood', { big: big() })
  await learner.learned()
  expect(learner.lookup('shop', 'db', 'password')).toEqual(old)
  expect([old, now].map((value) => hides(known, String(value)))).toEqual([true, true])
  // What does not fit is forgotten completely: it is not kept, not masked, and not learned later.
  expect(learner.lookup('flood', 'db', 'first')).toBeUndefined()
  await forgets(known, first)
})

it('does not learn what was rotated out of the limit while it waited', async () => {
  const { known, learner, set } = setup()
  const learn = vi.spyOn(known, 'learn')
  const values = Array.from({ length: 20 }, random)
  for (const value of values) set('flood', { big: big(), value })
  await learner.learned()
  const shown = values.filter((value) => !hides(known, String(value)))
  expect(shown.length).toBeGreaterThan(5)
  expect(shown).toEqual(values.slice(0, shown.length))
  const tried = new Set(learn.mock.calls.map(([{ value }]) => String(value)))
  expect(values.filter((value) => tried.has(String(value)))).toEqual(values.slice(shown.length))
})

it('forgets a value that was rotated out of the limit while it was learned, and learns the next', async () => {
  const { known, learner, set } = setup()
  const [rotated, now] = [random(), random()]
  const learn = known.learn.bind(known)
  const hold = new AbortController()
  const spy = vi.spyOn(known, 'learn').mockImplementationOnce(function* (value) {
    while (!hold.signal.aborted) yield
    return yield* learn(value)
  })
  set('flood', { rotated })
  await vi.waitUntil(() => spy.mock.calls.length > 0)
  for (let index = 0; index < 20; index++) set('flood', { big: big() })
  set('flood', { now })
  hold.abort()
  await learner.learned()
  await forgets(known, rotated)
  expect(hides(known, String(now))).toBe(true)
})

it('forgets in slices, while changes of others are learned', async () => {
  const { known, learner, set } = setup()
  const parts = Array.from({ length: 100 }, () => randomBytes(600).toString('base64'))
  set('flood', { parts: Buffer.from(parts.join('\n')) })
  await learner.learned()
  const hidden = (): number => parts.filter((part) => hides(known, part)).length
  expect(hidden()).toBe(100)
  for (let index = 0; index < 20; index++) set('flood', { big: big() })
  // Changes return before anything is forgotten.
  expect(hidden()).toBe(100)
  const counts: number[] = []
  const other = random()
  set('shop', { password: other })
  while (counts.at(-1) !== 0) {
    await nextTurn()
    counts.push(hidden())
    if (!hides(known, String(other))) expect(counts.at(-1)).toBeGreaterThan(0)
  }
  expect(new Set(counts).size).toBeGreaterThan(2)
  expect(hides(known, String(other))).toBe(true)
})

it('goes on after a value that cannot be forgotten', async () => {
  const failed: unknown[] = []
  const { known, learner, set } = setup((error) => failed.push(error))
  const [first, now] = [random(), random()]
  set('flood', { first })
  await learner.learned()
  const broken = vi.spyOn(known, 'forgetting').mockImplementationOnce(() => {
    throw new Error('broken')
  })
  for (let index = 0; index < 20; index++) set('flood', { big: big() })
  await vi.waitUntil(() => broken.mock.calls.length > 0)
  set('shop', { now })
  await learner.learned()
  expect([hides(known, String(now)), failed]).toEqual([true, [new Error('broken')]])
})
