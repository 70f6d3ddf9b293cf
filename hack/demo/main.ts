import { boot, NotBooted, type Booted } from './boot.ts'
import { play } from './play.ts'
import { StoryBroken } from './demo-runner.ts'
import { readArguments } from '../read-arguments.ts'

/** `npm run demo`: boots everything, plays the whole story with real kubectl, and exits with 0 if every promise held. */
const USAGE = `usage: npm run demo -- [--keep] [--local] [--dir DIR]

  --keep     leave everything running when the story has ended, until Ctrl-C
  --local    run gateway, apiserver and webhook as processes of this machine instead of pods
  --dir DIR  play in the environment that \`npm run up\` runs in DIR; defaults to an environment of its own
`
const { values } = readArguments(USAGE, {
  keep: { type: 'boolean', default: false },
  local: { type: 'boolean', default: false },
  dir: { type: 'string' },
})
const print = (text: string): void => void process.stdout.write(text)
const started = performance.now()
let booted: Booted | undefined

process.once('SIGINT', () => void (booted?.stop() ?? Promise.resolve()).then(() => process.exit(130)))
try {
  booted = await boot({ local: values.local, ...(values.dir === undefined ? {} : { dir: values.dir }) })
  const held = await play(booted.environment, print)
  print(`\n${held} promises held in ${((performance.now() - started) / 1000).toFixed(0)} s\n`)
} catch (error) {
  const expected = error instanceof StoryBroken || error instanceof NotBooted
  print(`\n✗ ${expected ? error.message : String(error instanceof Error ? error.stack : error)}\n`)
  process.exitCode = 1
}
if (booted !== undefined && values.keep) {
  print(`\nStill running: ${booted.dir}/up.json names every kubeconfig; Ctrl-C ends it.\n`)
  await booted.ended
} else await booted?.stop()
