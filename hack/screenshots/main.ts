import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { installChromium } from '../browser/find-chromium.ts'
import { readArguments } from '../read-arguments.ts'
import { VITEST } from '../test/lane.ts'

/** `npm run screenshots`: makes the images of the console in docs/images again, by the test that looks at these pages. */
readArguments('usage: npm run screenshots\n', {})
const ROOT = join(import.meta.dirname, '../..')
const [program = '', ...args] = VITEST
await installChromium(process.env, (line) => void process.stderr.write(`${line}\n`))
const tests = spawn(program, [...args, 'test/browser/screenshots.test.ts'], {
  cwd: ROOT,
  stdio: 'inherit',
  env: { ...process.env, JIT_SCREENSHOTS: join(ROOT, 'docs/images') },
})
const [code] = (await once(tests, 'close')) as [number | null]
process.exitCode = code ?? 1
