import { EventEmitter } from 'node:events'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createPlanRenderer } from '../../../gateway/plan/render/plan-renderer.ts'
import { renderPlan, type RenderedPlan, type RenderJob } from '../../../gateway/plan/render/render-plan.ts'
import type { WorkerAnswer } from '../../../gateway/plan/render/worker.ts'

/** X. Plans of operations that are written to be expensive to show. Who sends them needs no grant, since they wait for an approver. */
const nested = (depth: number, items: string): string => `{"kind":"X","metadata":{"name":"a"},"x":${'['.repeat(depth)}${items}${']'.repeat(depth)}}`
const numbers = (count: number, last: number): string => `${'0,'.repeat(count)}${last}`
const seen = (text: string) => ({ raw: Buffer.from(text), masked: Buffer.from(text) })
const NOTHING = { common: [], after: [], deletes: false, withStatus: false } satisfies RenderJob

/** All that a plan shows, or says that it does not show. */
const sizeOf = ({ diff, bodyCut, body = '' }: RenderedPlan): number => diff.length + body.length + bodyCut

/** A thread that answers when it is told to. */
class Thread extends EventEmitter {
  readonly #to: { readonly ids: number[]; answers: boolean }
  constructor(to: { readonly ids: number[]; answers: boolean }) {
    super()
    this.#to = to
  }
  postMessage({ id }: WorkerAnswer): void {
    this.#to.ids.push(id)
    if (this.#to.answers) this.emit('message', { id, done: [] } satisfies WorkerAnswer)
  }
  unref(): void {}
  terminate(): Promise<number> {
    return Promise.resolve(0)
  }
}

describe('X. plans', () => {
  beforeEach(() => vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it.each([
    [100, 100_000],
    [900, 20_000],
    [2, 300_000],
  ])('X480 indentation does not make a large text of a small body: %d lists in each other, with %d numbers', (depth, count) => {
    const text = nested(depth, numbers(count, 0))
    expect(sizeOf(renderPlan({ ...NOTHING, body: { text, isJson: true } }))).toBeLessThan(8 * text.length)
    const plan = renderPlan({ ...NOTHING, before: seen(text), after: [seen(nested(depth, numbers(count, 1)))] })
    expect(plan.diff).toContain('+')
    expect(sizeOf(plan)).toBeLessThan(8 * text.length)
  })

  it('X481 a plan that takes too long ends alone, and those that wait behind it have their own time', async () => {
    const to: { readonly ids: number[]; answers: boolean } = { ids: [], answers: false }
    const renderer = createPlanRenderer(1_000, () => new Thread(to))
    const outcomes: string[] = []
    const ask = (name: string): Promise<number> =>
      renderer.identify(Buffer.from('{}')).then(
        () => outcomes.push(`${name} done`),
        () => outcomes.push(`${name} failed`),
      )
    const all = [ask('endless'), ask('next'), ask('last')]
    await vi.advanceTimersByTimeAsync(900)
    expect(to.ids).toEqual([1])
    to.answers = true
    await vi.advanceTimersByTimeAsync(200)
    await Promise.all(all)
    renderer.close()
    expect(outcomes).toEqual(['endless failed', 'next done', 'last done'])
    expect(to.ids).toEqual([1, 2, 3])
  })

  it('plans that wait when the gateway stops fail, and start no other thread', async () => {
    const to = { ids: [] as number[], answers: false }
    let started = 0
    const renderer = createPlanRenderer(1_000, () => (started++, new Thread(to)))
    const all = ['running', 'waiting'].map(() => renderer.identify(Buffer.from('{}')))
    const ended = Promise.allSettled(all)
    await vi.advanceTimersByTimeAsync(0)
    renderer.close()
    expect((await ended).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    expect([started, to.ids]).toEqual([1, [1]])
  })

  it('a thread that is being ended does not answer for the one after it', async () => {
    const threads: Thread[] = []
    const ids: number[] = []
    const renderer = createPlanRenderer(1_000, () => {
      const thread = new Thread({ ids, answers: false })
      threads.push(thread)
      return thread
    })
    const late = renderer.identify(Buffer.from('{}'))
    const next = renderer.identify(Buffer.from('{}'))
    const outcomes = Promise.allSettled([late, next])
    await vi.advanceTimersByTimeAsync(1_000)
    expect(ids).toEqual([1, 2])
    threads[0]?.emit('message', { id: 1, done: [{ name: 'of the first' }] })
    threads[1]?.emit('message', { id: 2, done: [{ name: 'of the second' }] })
    expect(await outcomes).toMatchObject([{ status: 'rejected' }, { status: 'fulfilled', value: [{ name: 'of the second' }] }])
    renderer.close()
  })
})
