import { readArguments } from '../../read-arguments.ts'
import { startApiserver } from './apiserver.ts'
import { fill, makePolicies } from './fill.ts'
import { growth } from './growth.ts'
import { inboxes } from './inbox.ts'
import { memory } from './peak-memory.ts'
import { floods } from './phases.ts'
import { openSite } from './benchmark-files.ts'

/**
 * `node hack/bench/requests/main.ts`: how the apiserver bears thousands of pending requests, and who files hundreds a second. Needs no cluster: a stand-in
 * answers for kube-apiserver, so only the project's own work is measured. Prints tables; compare the ratios. `--root` measures the apiserver of another
 * checkout, `--beside` measures the `kubectl certify` of another one too.
 */
const USAGE =
  'usage: node hack/bench/requests/main.ts [--pending 5000] [--few 50] [--rounds 3] [--part inbox|growth|flood]... [--root DIR] [--beside DIR] [--profile DIR]\n'
const { values } = readArguments(USAGE, {
  pending: { type: 'string', default: '5000' },
  few: { type: 'string', default: '50' },
  rounds: { type: 'string', default: '3' },
  part: { type: 'string', multiple: true },
  root: { type: 'string' },
  beside: { type: 'string' },
  profile: { type: 'string' },
})
const [pending, small, rounds] = [Number(values.pending), Number(values.few), Number(values.rounds)]

const site = await openSite()
const [few, many] = await Promise.all([startApiserver(site, 'few', { root: values.root }), startApiserver(site, 'many', values)])
let closing: Promise<void> | undefined
const closeAll = async (): Promise<void> => {
  await Promise.all([few.stop(), many.stop()])
  await site.remove()
}
const close = (): Promise<void> => (closing ??= closeAll())
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void close().finally(() => process.exit(1)))
const print = (title: string, text: string): void => void process.stdout.write(`\n### ${title}\n\n${text}\n`)
const wanted = (part: string): boolean => values.part === undefined || values.part.includes(part)

try {
  for (const apiserver of [few, many]) await makePolicies(apiserver)
  // Most requesters have what the default limits allow.
  await fill(few, small, { from: 1000, each: 30 })
  await fill(many, pending, { from: 1000, each: 30 })
  const sizes = [
    { apiserver: few, pending: small },
    { apiserver: many, pending },
  ]
  if (wanted('inbox')) print('The inbox', await inboxes(site, sizes, { rounds, beside: values.beside }))
  if (wanted('growth')) print('One more request', await growth(many, few))
  if (wanted('flood')) print('200 requests a second', await floods(many, rounds))
  print('Memory', await memory(many))
} finally {
  await close()
}
