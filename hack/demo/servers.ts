import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { StoryBroken, type DemoRunner } from './demo-runner.ts'
import { eventually } from './command-output.ts'

const SERVERS = ['jit-gateway', 'jit-apiserver', 'jit-webhook'] as const

const SYSTEM = ['kubectl', '-n', 'jit-system'] as const
const SELECTOR = `app.kubernetes.io/name in (${SERVERS.join(',')})`

/** The pids of the servers on this machine; empty if they run as pods. */
function pidsOf({ environment }: DemoRunner): readonly number[] {
  return SERVERS.map((server) => environment.processes[server.slice('jit-'.length)]).filter((place) => typeof place === 'number')
}

async function ask(demo: DemoRunner, args: readonly string[]): Promise<string> {
  const outcome = await demo.run('admin', [...SYSTEM, ...args], { quiet: true })
  if (outcome.code !== 0) throw new StoryBroken(`kubectl ${args.join(' ')}: ${outcome.stderr}`)
  return outcome.stdout
}

/** Pods of the three servers that are not being deleted. */
async function podsOf(demo: DemoRunner): Promise<readonly string[]> {
  const path = '{range .items[*]}{.metadata.name}{"/"}{.metadata.deletionTimestamp}{"\\n"}{end}'
  const lines = (await ask(demo, ['get', 'pods', '-l', SELECTOR, '-o', `jsonpath=${path}`])).split('\n')
  return lines.flatMap((line) => (line.endsWith('/') ? [line.slice(0, -1)] : []))
}

/** Stops all three and returns a function that brings them back: scales Deployments to zero, or pauses the processes. */
export async function takeAway(demo: DemoRunner): Promise<() => Promise<void>> {
  const pids = pidsOf(demo)
  if (pids.length > 0) {
    for (const pid of pids) process.kill(pid, 'SIGSTOP')
    return () => {
      for (const pid of pids) process.kill(pid, 'SIGCONT')
      return Promise.resolve()
    }
  }
  const scale = async (replicas: number): Promise<void> => {
    await demo.run('admin', [...SYSTEM, 'scale', 'deployment', ...SERVERS, `--replicas=${replicas}`])
  }
  await scale(0)
  const gone = await eventually(async () => (await ask(demo, ['get', 'pods', '-l', SELECTOR, '-o', 'name'])) === '', 120)
  if (!gone) {
    await scale(1)
    throw new StoryBroken('the pods of the three servers did not end within 120 s')
  }
  return () => scale(1)
}

/** Kills all three without warning, and returns what was killed. */
export async function killAll(demo: DemoRunner): Promise<string> {
  const pids = pidsOf(demo)
  for (const pid of pids) process.kill(pid, 'SIGKILL')
  if (pids.length > 0) return `processes ${pids.join(', ')}`
  const pods = await podsOf(demo)
  await demo.run('admin', [...SYSTEM, 'delete', 'pod', ...pods, '--grace-period=0', '--force'])
  return `pods ${pods.join(', ')}`
}

/** The logs of all three servers. A deleted pod loses its log, so call this before pods are removed. */
export async function logsOf(demo: DemoRunner): Promise<Buffer> {
  if (pidsOf(demo).length > 0) {
    const folder = join(dirname(demo.environment.recordsDir), 'servers')
    return Buffer.concat(await Promise.all(SERVERS.map((server) => readFile(join(folder, `${server}.log`)))))
  }
  const pods = await podsOf(demo)
  const texts = await Promise.all(pods.map((pod) => ask(demo, ['logs', pod, '--tail=-1'])))
  return Buffer.from(texts.join('\n'))
}
