import { expect, it } from 'vitest'
import { StatusError } from '../../domain/status-error.ts'
import type { KubeCall, KubeClient } from '../../kube/client.ts'
import { listPages } from '../../kube/list-pages.ts'
import { BodyTooLarge } from '../../kube/read-bounded.ts'

/** A list of objects, of which only a limited number fits into one response. */
function server(names: readonly string[], fits: number): { readonly client: KubeClient; readonly limits: number[] } {
  const limits: number[] = []
  const json = async <T>({ query = {} }: KubeCall): Promise<T> => {
    const limit = Number(query['limit'])
    limits.push(limit)
    const from = Number(query['continue'] ?? 0)
    const items = names.slice(from, from + limit)
    if (items.length > fits) throw new StatusError('BadGateway', 'broke off', { cause: new BodyTooLarge(1) })
    const next = from + limit < names.length ? { continue: String(from + limit) } : {}
    return { metadata: { resourceVersion: '7', ...next }, items } as T
  }
  return { client: { json, raw: () => Promise.reject(new Error('not asked')), close: () => Promise.resolve() }, limits }
}
const all = async (client: KubeClient): Promise<readonly string[]> => {
  const names: string[] = []
  for await (const { items } of listPages<string>(client, { path: '/things' })) names.push(...items)
  return names
}
const names = Array.from({ length: 1200 }, (_, index) => `n${index}`)

it('requests half as many objects when a page is too large, and keeps that limit', async () => {
  const { client, limits } = server(names, 130)
  expect(await all(client)).toEqual(names)
  expect(limits.slice(0, 4)).toEqual([500, 250, 125, 125])
})

it('reads objects one by one if no two fit into a page', async () => {
  expect(await all(server(names.slice(0, 5), 1).client)).toEqual(names.slice(0, 5))
})

it('fails if a single object is too large, and at once for every other error', async () => {
  await expect(all(server(names, 0).client)).rejects.toThrow('broke off')
  const { client, limits } = server(names, 1)
  const away: KubeClient = { ...client, json: () => Promise.reject(new StatusError('BadGateway', 'away')) }
  await expect(all(away)).rejects.toThrow('away')
  expect(limits).toEqual([])
})
