import type { ServerResponse } from 'node:http'
import { expect, it } from 'vitest'
import { warn } from '../../../../apiserver/machinery/http/serve-resource.ts'

/** The values of the warning header. */
function warned(...warnings: readonly string[]): readonly string[] {
  const headers = new Map<string, readonly string[]>()
  warn({ setHeader: (name: string, value: readonly string[]) => headers.set(name, value) } as unknown as ServerResponse, warnings)
  return headers.get('warning') ?? []
}

it('a response has a bounded number of warnings, each once', () => {
  expect(warned()).toEqual([])
  expect(warned('a', 'b', 'a')).toEqual(['299 - "a"', '299 - "b"'])
  expect(warned(...Array.from({ length: 40 }, (_, at) => `w${at}`))).toEqual(Array.from({ length: 16 }, (_, at) => `299 - "w${at}"`))
})

it('a long warning is cut, and never between a quote and what escapes it', () => {
  expect(warned('x'.repeat(1000))).toEqual([`299 - "${'x'.repeat(256)}"`])
  for (const start of ['', 'x']) expect(warned(start.padEnd(1000, '"'))[0]).toBe(`299 - "${start}${String.raw`\"`.repeat(256 - start.length)}"`)
  expect(warned('a\n\u001b[2Jü')).toEqual(['299 - "a??[2J?"'])
})
