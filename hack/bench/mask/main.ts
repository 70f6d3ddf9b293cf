/**
 * Benchmark of domain/mask alone, as ratios within one run (performance.md P4 and P7 without the network):
 *
 *   node hack/bench/mask/main.ts [--megabytes 50] [--rounds 5]
 */
import { createKnownValues, createMasker, createPlaceholders, type Masker } from '../../../domain/mask/masker.ts'
import { throughPipe } from './pipe.ts'
import { beginningsText, hostileText, logText, secretList, secrets } from './generated-input.ts'
import { treeMask } from './tree-mask.ts'
import { readArguments } from '../../read-arguments.ts'

const CHUNK = 64 << 10
const MEGA = 1_000_000
const { values } = readArguments('usage: node hack/bench/mask/main.ts [--megabytes 50] [--rounds 5]\n', {
  megabytes: { type: 'string', default: '50' },
  rounds: { type: 'string', default: '5' },
})
const bytes = Number(values.megabytes) * MEGA
const rounds = Number(values.rounds)

const placeholders = createPlaceholders({ key: Buffer.alloc(32, 1), session: 'bench' })

type Variant = () => number | Promise<number>

const median = (all: number[]) => all.sort((a, b) => a - b)[all.length >> 1] ?? Number.NaN

const wall = (): number => Number(process.hrtime.bigint()) / 1e9
/** CPU seconds of this process, so that other load on the machine counts less. */
const cpu = (): number => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6
}

/** Megabytes a second of each variant: the median of rounds that run the variants forwards and backwards in turn. */
async function race<Name extends string>(size: number, variants: Record<Name, Variant>, clock: () => number = cpu): Promise<Record<Name, number>> {
  const names = Object.keys(variants) as Name[]
  const taken = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>
  for (let round = 0; round < rounds; round++) {
    for (const name of round % 2 === 0 ? names : [...names].reverse()) {
      const from = clock()
      await variants[name]()
      taken[name].push(clock() - from)
    }
  }
  return Object.fromEntries(names.map((name) => [name, size / MEGA / median(taken[name])])) as Record<Name, number>
}

function inChunks(body: Buffer, size: number, masker: Masker): number {
  let written = 0
  for (let at = 0; at < body.length; at += size) written += masker.push(body.subarray(at, at + size)).length
  return written + masker.end().length
}

function copy(body: Buffer): number {
  let written = 0
  for (let at = 0; at < body.length; at += CHUNK) written += Buffer.from(body.subarray(at, at + CHUNK)).length
  return written
}

const row = (name: string, cells: readonly string[]) => process.stdout.write(`${name.padEnd(44)}${cells.map((cell) => cell.padStart(13)).join('')}\n`)
const rate = (value: number) => `${value.toFixed(0)} MB/s`
const ratio = (value: number) => `${value.toFixed(2)}x`

/** Heap bytes in use, after a garbage collection if `node --expose-gc` allows one. */
const memory = (): number => {
  globalThis.gc?.()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

const learned = (count: number) => {
  const before = memory()
  const from = process.hrtime.bigint()
  const known = createKnownValues(secrets(count))
  const ms = Number(process.hrtime.bigint() - from) / 1e6
  row(`${count} secrets`, [`${ms.toFixed(0)} ms`, `${known.patterns.size}`, `${((memory() - before) / MEGA).toFixed(1)} MB`])
  return known
}

row('learning of values', ['time', 'patterns', 'memory'])
const known = learned(1000)
learned(5000)
learned(50_000)
const options = { known, placeholders }

row(`\nSecretList, ${values.megabytes} MB, 1 000 known values`, ['scanner', 'tree mask', 'copy', 'over tree'])
for (const length of [24, 1024, 65_536]) {
  const body = secretList(bytes, length)
  const whole = createMasker('secret', options)
  if (!Buffer.concat([whole.push(body), whole.end()]).equals(treeMask(body, options))) throw new Error('the variants do not give the same bytes')
  const speed = await race(body.length, {
    scanner: () => inChunks(body, CHUNK, createMasker('secret', options)),
    tree: () => treeMask(body, options).length,
    copy: () => copy(body),
  })
  row(`values of ${length} B`, [rate(speed.scanner), rate(speed.tree), rate(speed.copy), ratio(speed.scanner / speed.tree)])
}

const texts = {
  'log lines, no hit': logText(bytes, secrets(1000), 0),
  'log lines, 1 % hits': logText(bytes, secrets(1000), 0.01),
  hostile: hostileText(bytes, secrets(1000)),
  'hostile: 4 characters of values': beginningsText(bytes, secrets(1000), 4),
  'hostile: 8 characters of values': beginningsText(bytes, secrets(1000), 8),
  'hostile: beginnings of tokens': Buffer.from('eyJ.'.repeat(bytes / 4)),
}
row('\ntext, 1 000 known values, one core', ['64 KiB', '4 KiB', '64 B', '1 B'])
for (const [name, text] of Object.entries(texts)) {
  const cells: string[] = []
  for (const size of [CHUNK, 4096, 64, 1]) {
    const some = size > 64 ? text : text.subarray(0, text.length / (size === 64 ? 10 : 50))
    cells.push(rate((await race(some.length, { mask: () => inChunks(some, size, createMasker('text', options)) })).mask))
  }
  row(name, cells)
}

row('\ntext through a pipe of the system', ['masked', 'unmasked', 'ratio'])
for (const [name, text] of Object.entries(texts)) {
  const speed = await race(
    text.length,
    {
      masked: () => throughPipe(text, createMasker('text', options)),
      unmasked: () => throughPipe(text, undefined),
    },
    wall,
  )
  row(name, [rate(speed.masked), rate(speed.unmasked), ratio(speed.masked / speed.unmasked)])
}
