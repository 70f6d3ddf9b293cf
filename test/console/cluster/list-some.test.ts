import { expect, it } from 'vitest'
import { listSome, listWhole } from '../../../console/cluster/list-some.ts'
import type { UserClient } from '../../../console/cluster/impersonate.ts'
import { stubClient } from './stub-client.ts'

const PATH = '/apis/jit.access/v1/accessrequests'
const numbers = Array.from({ length: 5000 }, (_, index) => index)

it('reads page by page, never more at once, and keeps only what is wanted', async () => {
  const { client, calls } = stubClient({ accessrequests: numbers })
  const some = await listSome<number, number>(client, PATH, { most: 10_000, keep: (number) => (number % 1000 === 0 ? number : undefined) })
  expect(some).toEqual({ items: [0, 1000, 2000, 3000, 4000], isPartial: false })
  expect(calls.length).toBe(25)
  expect(calls.every(({ query }) => query?.['limit'] === '200')).toBe(true)
})
it('stops at its bound, and says that there is more', async () => {
  const { client, calls } = stubClient({ accessrequests: numbers })
  const { items, isPartial } = await listWhole(client, PATH, { most: 400, fieldSelector: 'spec.policy=a' })
  expect(items.length).toBe(400)
  expect(isPartial).toBe(true)
  expect(calls.length).toBe(3)
  expect(calls[0]?.query).toMatchObject({ fieldSelector: 'spec.policy=a' })
})
it('says that there is no more where the bound is the end', async () =>
  expect((await listWhole(stubClient({ accessrequests: numbers.slice(0, 400) }).client, PATH, { most: 400 })).isPartial).toBe(false))
it('an empty page behind the bound is no more: what was there is gone', async () => {
  const pages = [{ items: [1, 2], metadata: { continue: 'next' } }, { items: [] }]
  const client = { json: () => Promise.resolve(pages.shift()) } as unknown as UserClient
  expect(await listWhole(client, PATH, { most: 2 })).toEqual({ items: [1, 2], isPartial: false })
})
