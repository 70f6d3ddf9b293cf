import fc from 'fast-check'
import { expect, it } from 'vitest'
import { historyPath, historyQuery, HOURS, OUTCOMES, type HistoryPageQuery } from '../../../../console/pages/history/history-query.ts'

const read = (path: string): HistoryPageQuery => {
  const { searchParams } = new URL(path, 'https://console.test')
  return historyQuery((name) => searchParams.get(name) ?? '')
}

it('a link reads back as the query that made it', () => {
  const query = fc.record({
    requester: fc.string(),
    policy: fc.string(),
    outcome: fc.constantFrom(undefined, ...OUTCOMES),
    isMine: fc.boolean(),
    hours: fc.constantFrom(...HOURS),
    page: fc.integer({ min: 1, max: 50 }),
  })
  fc.assert(
    fc.property(query, (made) => {
      expect(read(historyPath(made))).toEqual(made)
    }),
  )
})
it('ignores what the form does not offer', () => {
  expect(read('/history?hours=1e9&page=-1&outcome=Pending&mine=1')).toEqual(read('/history'))
  expect(read('/history?page=99999999').page).toBe(1)
})
it('a download has no page', () => expect(historyPath({ requester: 'a', page: 3 }, 'csv')).toBe('/history/download?requester=a&format=csv'))
