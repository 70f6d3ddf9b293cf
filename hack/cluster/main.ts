import type { NodeKind } from './binaries.ts'
import { sweepClusters } from './leases/port-leases.ts'
import { settingsOf } from './settings.ts'
import { startCluster } from './start-cluster.ts'
import { readArguments } from '../read-arguments.ts'

/** Boots a cluster in the foreground; Ctrl-C stops and removes it. */
const USAGE = `usage: node hack/cluster/main.ts --dir DIR [--node real|kwok|none] [--routing on|off] [--image TAR]...
       node hack/cluster/main.ts --sweep      remove the leftovers of clusters whose process was killed

Use the cluster with DIR/admin.kubeconfig; the folder that is printed contains kubectl.
`

const KINDS: readonly string[] = ['real', 'kwok', 'none'] satisfies readonly NodeKind[]
const say = (line: string): void => void process.stderr.write(`${line}\n`)

const { values, fail } = readArguments(USAGE, {
  dir: { type: 'string' },
  node: { type: 'string' },
  routing: { type: 'string' },
  image: { type: 'string', multiple: true, default: [] },
  sweep: { type: 'boolean', default: false },
})
const { node, image, sweep } = values
if (sweep) {
  process.stdout.write(`${await sweepClusters(say)} removed\n`)
  process.exit(0)
}
const dir = values.dir ?? fail('--dir is missing')
if (node !== undefined && !KINDS.includes(node)) fail(`--node ${node}: must be one of ${KINDS.join(', ')}`)
const { routing } = values
const routes = routing === undefined || routing === 'on' || routing === 'off' ? routing : fail(`--routing ${routing}: must be on or off`)

const stopping = new AbortController()
let wake = (): void => undefined
const ended = new Promise<void>((resolve) => (wake = resolve))
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(name, () => {
    stopping.abort(new Error('stopped before it was up'))
    wake()
  })
}

try {
  const cluster = await startCluster({
    ...settingsOf(process.env),
    dir,
    images: image,
    ...(node === undefined ? {} : { nodeKind: node as NodeKind }),
    ...(routes === undefined ? {} : { routing: routes }),
    say,
    signal: stopping.signal,
  })
  process.stdout.write(`export KUBECONFIG=${cluster.adminKubeconfig} PATH=${cluster.binDir}:$PATH\n`)
  say('running; Ctrl-C ends it and removes everything')
  await ended
  await cluster.stop()
  say('stopped; nothing is left')
} catch (error) {
  say(error instanceof Error ? error.message : String(error))
  process.exitCode = 1
}
