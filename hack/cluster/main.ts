import { parseArgs } from 'node:util'
import type { NodeKind } from './binaries.ts'
import { sweepClusters } from './port-leases.ts'
import { settingsOf } from './settings.ts'
import { startCluster } from './start-cluster.ts'

/** Boots a cluster in the foreground; Ctrl-C stops and removes it. */
const USAGE = `usage: node hack/cluster/main.ts --dir DIR [--node real|kwok|none] [--routing on|off] [--image TAR]...
       node hack/cluster/main.ts --sweep      remove the leftovers of clusters whose process was killed

Use the cluster with DIR/admin.kubeconfig; the folder that is printed contains kubectl.
`

const KINDS: readonly string[] = ['real', 'kwok', 'none'] satisfies readonly NodeKind[]
const say = (line: string): void => void process.stderr.write(`${line}\n`)

function fail(message: string): never {
  process.stderr.write(`${message}\n\n${USAGE}`)
  process.exit(2)
}

function readArgs() {
  try {
    return parseArgs({
      options: {
        dir: { type: 'string' },
        node: { type: 'string' },
        routing: { type: 'string' },
        image: { type: 'string', multiple: true, default: [] },
        sweep: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }).values
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error))
  }
}

const { dir, node, routing, image, sweep, help } = readArgs()
if (help) {
  process.stdout.write(USAGE)
  process.exit(0)
}
if (sweep) {
  process.stdout.write(`${await sweepClusters(say)} removed\n`)
  process.exit(0)
}
if (dir === undefined) fail('--dir is missing')
if (node !== undefined && !KINDS.includes(node)) fail(`--node ${node}: must be one of ${KINDS.join(', ')}`)
if (routing !== undefined && routing !== 'on' && routing !== 'off') fail(`--routing ${routing}: on or off`)

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
    ...(routing === undefined ? {} : { routing }),
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
