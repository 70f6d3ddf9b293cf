import { expect, it } from 'vitest'
import { formatFailure, isFailure } from '../../../hack/test/failures.ts'
import { runLane } from '../../../hack/test/lane.ts'
import { readTally, sumOf } from '../../../hack/test/tally.ts'

/** Runs a lane that prints these lines and exits with this code. */
async function lane(lines: readonly string[], code = 0, name?: string) {
  const printed: string[] = []
  const script = `process.stdout.write(${JSON.stringify(lines.map((line) => `${line}\n`).join(''))}); process.exitCode = ${code}`
  const tally = await runLane({
    command: [process.execPath, '-e', script],
    print: (line) => void printed.push(line),
    started: () => {},
    ...(name === undefined ? {} : { name }),
  })
  return { tally, printed }
}

it('prints the lines of a run, except its tally, which it returns', async () => {
  expect(await lane(['a', 'b', '3 passed, 0 failed'])).toEqual({ tally: { passed: 3, failed: 0 }, printed: ['a', 'b'] })
  expect((await lane(['a', '3 passed, 0 failed'], 0, 'cluster')).printed).toEqual(['cluster: a'])
})

it.each<readonly [string, readonly string[], number, { readonly passed: number; readonly failed: number }]>([
  ['without a tally', ['a'], 0, { passed: 0, failed: 1 }],
  ['with a line behind its tally', ['3 passed, 0 failed', 'a'], 0, { passed: 0, failed: 1 }],
  ['badly, though nothing failed', ['3 passed, 0 failed'], 1, { passed: 3, failed: 1 }],
  ['badly, since something failed', ['3 passed, 2 failed'], 1, { passed: 3, failed: 2 }],
  ['with nothing at all', [], 3, { passed: 0, failed: 1 }],
])('a run that ends %s is counted correctly', async (_, lines, code, tally) => {
  expect((await lane(lines, code)).tally).toEqual(tally)
})

it('reads a tally line and no similar line', () => {
  expect(readTally('12 passed, 3 failed')).toEqual({ passed: 12, failed: 3 })
  for (const line of ['12 passed', ' 1 passed, 0 failed', '1 passed, 0 failed.', 'Tests 1 passed, 0 failed']) expect(readTally(line)).toBeUndefined()
  expect(
    sumOf([
      { passed: 1, failed: 2 },
      { passed: 3, failed: 4 },
    ]),
  ).toEqual({ passed: 4, failed: 6 })
})

it('finds the lines of failures, with and without the name of a lane', () => {
  const line = formatFailure('test/a.test.ts > b', new Error('x'))
  expect(line).toBe('FAILED test/a.test.ts > b: x')
  expect(isFailure(line)).toBe(true)
  expect(isFailure(`cluster: ${line}`)).toBe(true)
  expect(isFailure(`a test named ${line}`)).toBe(false)
  expect(formatFailure('a', { message: 'no error class' })).toBe('FAILED a: no error class')
  expect(formatFailure('a', undefined)).toBe('FAILED a: undefined')
})

it('writes a message of several lines in one, and of a long one the beginning and the end', () => {
  expect(formatFailure('a', new Error('it ended; it said:\n  {"event":"start.failed"}\nlast'))).toBe(
    'FAILED a: it ended; it said: ⏎ {"event":"start.failed"} ⏎ last',
  )
  expect(formatFailure('a', new Error('x'.repeat(2_000)))).toBe(`FAILED a: ${'x'.repeat(2_000)}`)
  expect(formatFailure('a', new Error(`first\n${'x'.repeat(9_000)}\nlast`))).toMatch(/^FAILED a: first ⏎ x{492} … x{1493} ⏎ last$/)
})
