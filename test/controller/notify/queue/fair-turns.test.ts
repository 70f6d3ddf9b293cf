import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createFairTurns, type Waiting } from '../../../../controller/notify/queue/fair-turns.ts'
import { NOW } from '../../../domain/builders.ts'

type Named = Waiting & { readonly id: string }
let count = 0
const waits = (requester: string, event: Waiting['event'] = 'Requested', atMs = NOW): Named => ({ id: `${++count}`, requester, event, atMs })
const many = (number: number, requester = 'a'): readonly Named[] => Array.from({ length: number }, () => waits(requester))

it('break-glass access is told alone and before everything else, however much else waits', () => {
  const turns = createFairTurns<Named>()
  const breakGlass = waits('a', 'BreakGlass', NOW + 5)
  expect(turns.next([...many(5), breakGlass], NOW)).toEqual([breakGlass])
  const others = Array.from({ length: 30 }, (_, index) => waits(`u${index}`))
  expect(turns.next([...others, breakGlass], NOW)).toEqual([breakGlass])
})

it('break-glass access is told in the quiet time of its requester', () => {
  const turns = createFairTurns<Named>()
  for (const each of many(5)) turns.served([each], NOW, true)
  expect(turns.next(many(1), NOW)).toEqual([])
  const breakGlass = waits('a', 'BreakGlass')
  expect(turns.next([...many(3), breakGlass], NOW)).toEqual([breakGlass])
})

it('a decision that says that break-glass access was taken counts as such', () => {
  const taken = { ...waits('a', 'Decided'), urgent: true }
  expect(createFairTurns<Named>().next([...many(5), taken], NOW)).toEqual([taken])
})

/** Sends until nothing waits, or for so many turns. */
function told(waiting: readonly Named[], turnsLeft: number): readonly (readonly Named[])[] {
  const turns = createFairTurns<Named>()
  let left = waiting
  const batches: (readonly Named[])[] = []
  for (let turn = 0; turn < turnsLeft && left.length > 0; turn++) {
    const batch = turns.next(left, NOW + turn * 1000)
    turns.served(batch, NOW + turn * 1000, true)
    if (batch.length > 0) batches.push(batch)
    left = left.filter((each) => !batch.includes(each))
  }
  return batches
}

it('a flood of break-glass access by one requester stops neither the requests of others nor their break-glass access', () => {
  const flood = Array.from({ length: 100 }, () => waits('flooder', 'BreakGlass'))
  const [asked, taken] = [waits('other', 'Requested', NOW + 10), waits('another', 'BreakGlass', NOW + 10)]
  const first = told([...flood, asked, taken], 4).flat()
  expect(first).toContain(asked)
  expect(first).toContain(taken)
})

it('a summary of many requesters has a share of each, however much one of them asked', () => {
  const quiet = Array.from({ length: 30 }, (_, index) => waits(`u${index}`))
  const [summary = []] = told([...many(1000, 'flooder'), ...quiet], 1)
  expect(summary).toHaveLength(500)
  expect(summary).toEqual(expect.arrayContaining([...quiet]))
})

it('a summary leaves out what must be told alone, which gets its turn', () => {
  const quiet = Array.from({ length: 25 }, (_, index) => waits(`u${index}`))
  const alone = { ...waits('late', 'Requested', NOW + 1), alone: true }
  expect(told([...quiet, alone], 9)).toEqual([quiet, [alone]])
  const own = many(5)
  expect(told([...own, { ...alone, requester: 'a' }], 9)).toEqual([own, [{ ...alone, requester: 'a' }]])
})

it('everything is told once, and break-glass access always alone', () => {
  const event = fc.constantFrom<Waiting['event']>('BreakGlass', 'Requested', 'Decided')
  const one = fc.record({ requester: fc.nat(30).map(String), event, atMs: fc.nat(1000).map((ms) => NOW + ms) })
  fc.assert(
    fc.property(fc.array(one, { maxLength: 60 }), (events) => {
      const waiting = events.map((each, index) => ({ ...each, id: String(index) }))
      const batches = told(waiting, 1000)
      expect(
        batches
          .flat()
          .map(({ id }) => Number(id))
          .toSorted((left, right) => left - right),
      ).toEqual(waiting.map((_, index) => index))
      for (const batch of batches) if (batch.some((each) => each.event === 'BreakGlass')) expect(batch).toHaveLength(1)
    }),
  )
})
