import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { interleaved, percentile } from '../measure.ts'
import { table } from '../markdown-table.ts'
import type { Apiserver } from './apiserver.ts'
import { openConsole } from './console-inbox.ts'
import { expectCode } from './fill.ts'
import { APPROVER } from './benchmark-callers.ts'
import { writeKubeconfig, type Site } from './benchmark-files.ts'

const run = promisify(execFile)
const HERE = join(import.meta.dirname, '../../..')
const MAX_BYTES = 64 << 20

/** `kubectl certify` as an approver runs it: a process, and one of kubectl for each call. Returns the number of lines. */
async function certify(root: string, kubeconfig: string): Promise<number> {
  const { stdout } = await run(process.execPath, [join(root, 'cli/kubectl-certify.ts')], {
    env: { ...process.env, KUBECONFIG: kubeconfig },
    maxBuffer: MAX_BYTES,
  })
  return stdout.split('\n').length - 2
}

/** The list alone, page by page as `kubectl certify` asks for it. */
async function list(apiserver: Apiserver): Promise<number> {
  let count = 0
  for (let token: string | undefined = ''; token !== undefined;) {
    const more: string = token === '' ? '' : `&continue=${token}`
    const answer = await apiserver.send(APPROVER, { method: 'GET', path: `accessrequests?limit=2000${more}` })
    expectCode(answer, 200)
    const page = JSON.parse(answer.text) as { readonly items: readonly unknown[]; readonly metadata: { readonly continue?: string } }
    count += page.items.length
    token = page.metadata.continue
  }
  return count
}

export type Sized = { readonly apiserver: Apiserver; readonly pending: number }

export type InboxOptions = {
  readonly rounds: number
  /** Another checkout whose `kubectl certify` is measured too. Optional. Defaults to none. */
  readonly beside?: string | undefined
}

/** The time of an inbox, with few and with many pending requests. */
export async function inboxes(site: Site, sizes: readonly Sized[], { rounds, beside }: InboxOptions): Promise<string> {
  const variants = sizes.flatMap(({ apiserver, pending }) => {
    const check = (found: number): void => {
      if (found < pending) throw new Error(`the inbox has ${found} of ${pending} requests`)
    }
    const variant = (what: string, once: () => Promise<number>, close = (): Promise<void> => Promise.resolve()) => ({
      name: `${what}, ${pending} pending`,
      once: async () => check(await once()),
      close,
    })
    const kubeconfig = writeKubeconfig(site, `${APPROVER}@${apiserver.port}`)
    const opened = kubeconfig.then(openConsole)
    return [
      variant('kubectl certify', async () => await certify(HERE, await kubeconfig)),
      ...(beside === undefined ? [] : [variant('the other kubectl certify', async () => await certify(beside, await kubeconfig))]),
      variant(
        'console',
        async () => await (await opened).inbox(),
        async () => await (await opened).close(),
      ),
      variant('list', () => list(apiserver)),
    ]
  })
  const samples = await interleaved(variants, rounds, { warm: 1, perRound: 2 })
  for (const { close } of variants) await close()
  const medianOf = (wanted: (name: string) => boolean): number => percentile(samples.find(({ name }) => wanted(name))?.ms ?? [], 0.5)
  const few = (name: string): number => medianOf((each) => each.startsWith(`${name.split(',')[0]},`))
  const listed = (name: string): number => medianOf((each) => each === `list,${name.split(',')[1]}`)
  const rows = samples.map(({ name, ms }) => {
    const p50 = percentile(ms, 0.5)
    return [name, p50.toFixed(0), `${(p50 / few(name)).toFixed(1)}×`, `${(p50 / listed(name)).toFixed(1)}×`, percentile(ms, 0.99).toFixed(0)]
  })
  return table(['inbox', 'p50 ms', 'to few', 'to its list', 'max ms'], rows)
}
