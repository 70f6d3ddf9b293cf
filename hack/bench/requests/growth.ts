import { table } from '../markdown-table.ts'
import type { Apiserver } from './apiserver.ts'
import { expectCode, file } from './fill.ts'
import { agent, APPROVER } from './benchmark-callers.ts'

const EACH = 100

type Cost = { readonly what: string; readonly ms: number }

/** CPU of the apiserver for one request, in milliseconds. */
async function costOfFiling(apiserver: Apiserver, what: string, user: (index: number) => string): Promise<Cost> {
  const before = apiserver.cost.cpuSeconds()
  for (let index = 0; index < EACH; index += 1) expectCode(await file(apiserver, user(index)), 201)
  return { what, ms: ((apiserver.cost.cpuSeconds() - before) * 1000) / EACH }
}

/** What one more request costs, depending on how many there are and on who watches. */
export async function growth(many: Apiserver, few: Apiserver): Promise<string> {
  // The first requests of a process cost more.
  await costOfFiling(few, 'warm', (index) => agent(100 + index))
  const rows: Cost[] = [
    await costOfFiling(few, 'few pending', (index) => agent(100 + index)),
    await costOfFiling(many, 'many pending', (index) => agent(200 + index)),
  ]
  for (const own of ['0 to 100', '100 to 200', '200 to 300', '300 to 400'])
    rows.push(await costOfFiling(many, `${own} of its requester`, () => agent(500)))
  for (let index = 0; index < 256; index += 1)
    await many.watch('system-gateway', `accessrequests?watch=true&resourceVersion=0&fieldSelector=metadata.name%3Dheld-${index}`)
  rows.push(await costOfFiling(many, '256 held operations watch theirs', (index) => agent(300 + index)))
  const { text } = await many.send(APPROVER, { method: 'GET', path: 'accessrequests?limit=1' })
  const { resourceVersion } = (JSON.parse(text) as { readonly metadata: { readonly resourceVersion: string } }).metadata
  for (let index = 0; index < 16; index += 1) await many.watch(APPROVER, `accessrequests?watch=true&resourceVersion=${resourceVersion}`)
  rows.push(await costOfFiling(many, '16 approvers watch all', (index) => agent(400 + index)))
  const base = rows[0]?.ms ?? 0
  return table(
    ['one more request, with', 'CPU ms', 'to few'],
    rows.map(({ what, ms }) => [what, ms.toFixed(2), `${(ms / base).toFixed(2)}×`]),
  )
}
