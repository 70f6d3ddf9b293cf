import { boot, type Booted } from '../demo/boot.ts'
import { gateway } from './gateway.ts'
import { smoke } from './smoke.ts'
import { streams, VARIANTS } from './streams.ts'
import { readArguments } from '../read-arguments.ts'

/**
 * `npm run bench -- NAME [--dir DIR] [--part P3]... [--rounds 5]`: prints tables of ratios. Boots an environment unless one runs in DIR.
 * `streams` takes `--megabytes 60`, `--load 4` for the number of processes that keep the machine busy, and `--variant gateway` to leave out the others.
 */
const USAGE =
  'usage: npm run bench -- [smoke|streams|gateway]... [--dir DIR] [--part P3]... [--rounds 5] [--megabytes 60] [--load 4] [--variant gateway]\n'
const { values, positionals, fail } = readArguments(
  USAGE,
  {
    dir: { type: 'string' },
    part: { type: 'string', multiple: true },
    rounds: { type: 'string', default: '5' },
    megabytes: { type: 'string', default: '60' },
    load: { type: 'string', default: '0' },
    variant: { type: 'string', multiple: true },
  },
  { words: true },
)

const BENCHMARKS: { readonly [name: string]: (booted: Booted) => Promise<string> } = {
  smoke,
  streams: (booted) =>
    streams(booted, {
      rounds: Number(values.rounds),
      megabytes: Number(values.megabytes),
      load: Number(values.load),
      parts: values.part,
      only: values.variant,
    }),
  gateway: (booted) => gateway(booted, { rounds: Number(values.rounds), ...(values.part === undefined ? {} : { parts: values.part }) }),
}

const names = positionals.length === 0 ? Object.keys(BENCHMARKS) : positionals
const unknown = names.filter((name) => !Object.hasOwn(BENCHMARKS, name))
const noVariant = (values.variant ?? []).filter((name) => !VARIANTS.some((variant) => variant === name))
if (noVariant.length > 0) fail(`no variant ${noVariant.join(', ')}; there are: ${VARIANTS.join(', ')}`)
if (unknown.length > 0) fail(`no benchmark ${unknown.join(', ')}; there are: ${Object.keys(BENCHMARKS).join(', ')}`)
// Run the servers as local processes: the pid of a pod, and so its cost, is hard to observe.
const booted = await boot({ local: true, ...(values.dir === undefined ? {} : { dir: values.dir }) })
// Stop what was started on Ctrl-C and on a time limit too.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void booted.stop().finally(() => process.exit(1)))
try {
  for (const name of names) process.stdout.write(`\n## ${name}\n\n${(await BENCHMARKS[name]?.(booted)) ?? ''}`)
} finally {
  await booted.stop()
}
