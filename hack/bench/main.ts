import { parseArgs } from 'node:util'
import { boot, type Booted } from '../demo/boot.ts'
import { gateway } from './gateway.ts'
import { smoke } from './smoke.ts'

/** `npm run bench -- NAME [--dir DIR]`: prints tables of ratios. Boots an environment unless one runs in DIR. */
const BENCHMARKS: { readonly [name: string]: (booted: Booted) => Promise<string> } = { smoke, gateway }

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { dir: { type: 'string' }, local: { type: 'boolean', default: false } },
})
const names = positionals.length === 0 ? Object.keys(BENCHMARKS) : positionals
const unknown = names.filter((name) => !Object.hasOwn(BENCHMARKS, name))
if (unknown.length > 0) {
  process.stderr.write(`no benchmark ${unknown.join(', ')}; there are: ${Object.keys(BENCHMARKS).join(', ')}\n`)
  process.exit(2)
}
const booted = await boot({ local: values.local, ...(values.dir === undefined ? {} : { dir: values.dir }) })
try {
  for (const name of names) process.stdout.write(`\n## ${name}\n\n${(await BENCHMARKS[name]?.(booted)) ?? ''}`)
} finally {
  await booted.stop()
}
