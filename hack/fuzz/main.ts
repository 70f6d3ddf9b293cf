import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { randomInt } from 'node:crypto'
import { join } from 'node:path'
import { readArguments } from '../read-arguments.ts'

/**
 * `npm run fuzz -- --minutes N [--seed S]`: reads growing numbers of fuzzed requests with our parser and a real kube-apiserver (oracle O2),
 * and masks random values in random forms and chunkings, with another seed each round, until the time is up. Exits with 1 on the first
 * difference and prints the command that repeats it.
 */
const ROOT = join(import.meta.dirname, '../..')
const { values, fail } = readArguments('usage: npm run fuzz -- [--minutes N] [--seed S]\n', {
  minutes: { type: 'string', default: '10' },
  seed: { type: 'string' },
})
const minutes = Number(values.minutes)
const given = values.seed === undefined ? undefined : Number(values.seed)
if (!(minutes > 0)) fail('--minutes must be a positive number')
if (given !== undefined && !Number.isSafeInteger(given)) fail('--seed must be an integer')

type Round = { readonly files: readonly string[]; readonly seed: number; readonly cases: number }

async function play({ files, seed, cases }: Round): Promise<boolean> {
  const args = [join(ROOT, 'node_modules/vitest/vitest.mjs'), 'run', ...files]
  const env = { ...process.env, JIT_FUZZ_SEED: String(seed), JIT_FUZZ_CASES: String(cases), JIT_FUZZ_RUNS: String(Math.ceil(cases / 20)) }
  const child = spawn(process.execPath, args, { cwd: ROOT, env, stdio: ['ignore', 'inherit', 'inherit'] })
  const [code] = (await once(child, 'close')) as [number | null]
  return code === 0
}

const until = performance.now() + minutes * 60_000
let cases = 20_000
let total = 0
for (let round = 1; performance.now() < until; round++) {
  const seed = given === undefined ? randomInt(2 ** 31) : given + round - 1
  process.stdout.write(`round ${round}: seed ${seed}, ${cases} requests\n`)
  for (const files of [['test/domain/mask'], ['test/attack/differential']])
    if (!(await play({ files, seed, cases }))) {
      process.stdout.write(
        `\nround ${round} found a difference. Again: JIT_FUZZ_SEED=${seed} JIT_FUZZ_CASES=${cases} npm test -- ${files.join(' ')}\n`,
      )
      process.exit(1)
    }
  total += cases
  cases = Math.min(cases * 2, 400_000)
}
process.stdout.write(`\nno difference in ${total} requests\n`)
