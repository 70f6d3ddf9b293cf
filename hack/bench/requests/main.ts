import { readArguments } from '../../read-arguments.ts'
import { percentile } from '../measure.ts'
import { startApiserver } from './apiserver.ts'
import { expectCode, file, fill, makePolicies } from './fill.ts'
import { arrivals } from './load.ts'
import { agent, APPROVER, NOISY } from './people.ts'
import { openSite } from './site.ts'

const { values } = readArguments('usage\n', { pending: { type: 'string', default: '5000' }, profile: { type: 'string' }, only: { type: 'string' } })
const site = await openSite()
const api = await startApiserver(site, 'big', values.profile)
console.log('started', api.cost.residentMiB())
await makePolicies(api)
const t = performance.now()
let cpu = api.cost.cpuSeconds()
await fill(api, Number(values.pending), { from: 1000, each: 36 })
console.log('filled', (performance.now() - t) / 1000, 's', 'cpu', api.cost.cpuSeconds() - cpu, 'rss', api.cost.residentMiB(), api.cost.peakMiB())
const say = (name: string, ms: readonly number[]) => console.log(name, ms.length, 'p50', percentile(ms, 0.5).toFixed(1), 'p99', percentile(ms, 0.99).toFixed(1), 'max', ms.at(-1)?.toFixed(0))
async function listAll() {
  let n = 0, bytes = 0, pages = 0
  for (let token: string | undefined = ''; token !== undefined;) {
    const a = await api.send(APPROVER, { method: 'GET', path: `accessrequests?limit=500${token === '' ? '' : `&continue=${token}`}` })
    expectCode(a, 200)
    const body = JSON.parse(a.text)
    n += body.items.length
    bytes += a.text.length
    pages += 1
    token = body.metadata.continue
  }
  return { n, bytes, pages }
}
for (let i = 0; i < 3; i += 1) {
  const s = performance.now()
  cpu = api.cost.cpuSeconds()
  const r = await listAll()
  console.log('list', r, performance.now() - s, 'ms', 'cpu', api.cost.cpuSeconds() - cpu)
}
let who = 0
const probe = async (seconds: number) => {
  const other = arrivals(10, seconds, async () => expectCode(await file(api, agent(who++ % 50)), 201))
  const inbox = arrivals(2, seconds, async () => expectCode(await api.send(APPROVER, { method: 'GET', path: 'accessrequests?limit=500' }), 200))
  return [await other, await inbox] as const
}
const phase = async (name: string, flood: () => Promise<void>, rate: number, seconds = 10) => {
  cpu = api.cost.cpuSeconds()
  const codes = new Map<number, number>()
  const [[other, inbox], mine] = await Promise.all([probe(seconds), rate === 0 ? [] : arrivals(rate, seconds, flood)])
  console.log('---', name, 'cpu/s', ((api.cost.cpuSeconds() - cpu) / seconds).toFixed(2), 'peak', api.cost.peakMiB().toFixed(0))
  say('  create of others', other)
  say('  inbox page', inbox)
  if (mine.length > 0) say('  flood', mine)
  void codes
}
await phase('idle', async () => {}, 0)
if (values.only !== undefined) {} else await phase('200/s over quota', async () => expectCode(await file(api, NOISY), 201, 429), 200)
let many = 0
await phase('200/s of 100 requesters', async () => expectCode(await file(api, agent(5000 + (many++ % 100))), 201, 429), 200)
if (values.only === undefined) await phase('200/s of one with 500', async () => expectCode(await file(api, agent(7777)), 201, 429), 200)
await phase('idle', async () => {}, 0)
await api.stop()
await site.remove()
