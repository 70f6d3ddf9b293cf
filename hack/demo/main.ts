import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { access, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { readEnvironment } from './environment.ts'
import { play } from './play.ts'
import { StoryBroken } from './stage.ts'

/** `npm run demo`: boots everything, plays the whole story with real kubectl, exits 0 when every promise held. */
const { values } = parseArgs({
  options: {
    keep: { type: 'boolean', default: false },
    local: { type: 'boolean', default: false },
    dir: { type: 'string' },
  },
})
const print = (text: string): void => void process.stdout.write(text)
const READY_SECONDS = 1800 // a cold run builds a cluster first

async function boot(dir: string): Promise<ChildProcess> {
  const up = spawn(process.execPath, [join(import.meta.dirname, '../up/main.ts'), '--dir', dir, ...(values.local ? ['--local'] : [])], {
    stdio: ['ignore', 'inherit', 'inherit'],
    detached: true, // Ctrl-C reaches us first, so that the end is told in order
  })
  const until = performance.now() + READY_SECONDS * 1000
  while (performance.now() < until) {
    if (up.exitCode !== null) throw new StoryBroken(`the environment did not come up (exit code ${up.exitCode}); its lines above say why`)
    if (
      await access(join(dir, 'up.json')).then(
        () => true,
        () => false,
      )
    )
      return up
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new StoryBroken(`the environment was not ready within ${READY_SECONDS} s`)
}

async function stop(up: ChildProcess): Promise<void> {
  if (up.exitCode !== null) return
  up.kill('SIGINT')
  await once(up, 'exit')
}

const started = performance.now()
const own = values.dir === undefined
const dir = values.dir ?? (await mkdtemp(join(tmpdir(), 'jit-demo-')))
const running = await access(join(dir, 'up.json')).then(
  () => true,
  () => false,
)
const up = running ? undefined : await boot(dir)
process.once('SIGINT', () => void (up === undefined ? Promise.resolve() : stop(up)).then(() => process.exit(130)))
try {
  const held = await play(await readEnvironment(dir), print)
  print(`\n${held} promises held in ${((performance.now() - started) / 1000).toFixed(0)} s\n`)
} catch (error) {
  print(`\n✗ ${error instanceof StoryBroken ? error.message : String(error instanceof Error ? error.stack : error)}\n`)
  process.exitCode = 1
} finally {
  if (up !== undefined) {
    if (values.keep) {
      print(`\nStill running in ${dir}: KUBECONFIG=${join(dir, 'kubeconfigs')}; Ctrl-C ends it.\n`)
      await once(up, 'exit')
    } else await stop(up)
  }
  if (own && !values.keep) await rm(dir, { recursive: true, force: true })
}
