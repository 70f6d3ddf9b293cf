import { describe, expect, it } from 'vitest'
import { createPlanRenderer } from '../../../../gateway/plan/render/plan-renderer.ts'
import type { RenderJob } from '../../../../gateway/plan/render/render-plan.ts'

/** A busy machine can need longer than the time of the gateway. */
const PATIENT_MS = 240_000

const seen = (value: unknown) => {
  const raw = Buffer.from(typeof value === 'string' ? value : JSON.stringify(value))
  return { raw, masked: raw }
}
const job = (before: unknown, left: unknown): RenderJob => ({
  common: [],
  before: seen(before),
  after: [seen(left)],
  deletes: false,
  withStatus: false,
})
const large = (letter: string) => ({
  metadata: { name: 'big' },
  data: Object.fromEntries(Array.from({ length: 40_000 }, (_, index) => [`key-${index}`, letter.repeat(20)])),
})

describe('a renderer', () => {
  it('renders an object of one megabyte in another thread', async () => {
    const renderer = createPlanRenderer(PATIENT_MS)
    await renderer.render(job({ metadata: { name: 'a' } }, {}))
    let ticks = 0
    const timer = setInterval(() => ticks++, 5)
    const { diff, cut } = await renderer.render(job(large('o'), large('n')))
    clearInterval(timer)
    renderer.close()
    expect(diff.length).toBeGreaterThan(200_000)
    expect(cut.removed).toBeGreaterThan(0)
    // The event loop was not blocked.
    expect(ticks).toBeGreaterThan(2)
  })
  it('fails for input that it cannot parse, and continues with the next job', async () => {
    const renderer = createPlanRenderer(PATIENT_MS)
    await expect(renderer.render(job('no JSON', {}))).rejects.toMatchObject({ code: 503 })
    await expect(renderer.render(job(`${'['.repeat(200_000)}${']'.repeat(200_000)}`, {}))).rejects.toMatchObject({ code: 503 })
    expect(await renderer.render(job({ metadata: { name: 'a' }, data: 1 }, { metadata: { name: 'a' }, data: 2 }))).toMatchObject({
      target: { name: 'a' },
    })
    renderer.close()
  })
  it('runs one job at a time for each identity, and continues after a failure', async () => {
    const { turn, close } = createPlanRenderer(PATIENT_MS)
    const order: string[] = []
    const otherEnded = Promise.withResolvers<void>()
    const work =
      (name: string, until = Promise.resolve()) =>
      async () => {
        order.push(`${name} begins`)
        await until
        order.push(`${name} ends`)
        if (name === 'first') throw new Error('failed')
      }
    await Promise.allSettled([
      turn('a', work('first', otherEnded.promise)),
      turn('a', work('second')),
      turn('b', work('other')).then(otherEnded.resolve),
    ])
    expect(order).toEqual(['first begins', 'other begins', 'other ends', 'first ends', 'second begins', 'second ends'])
    close()
  })
})
