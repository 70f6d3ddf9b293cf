import { globSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { CORPUS, idsOf } from '../../hack/attack/corpus.ts'
import { resultsById, rowsOf, table } from '../../hack/attack/attack-report.ts'
import { titles } from './titles.ts'

describe('the attack suite', () => {
  const { tested, open } = titles()

  it('has an attack for every case of A to D, J and K', () => {
    const wanted = CORPUS.filter((id) => /^[A-DJK]/.test(id))
    expect(wanted.filter((id) => !tested.has(id))).toEqual([])
  })

  it('lists in SECURITY.md which ids have an attack and which are open', () => {
    const text = readFileSync('SECURITY.md', 'utf8')
    const listed = (row: string): readonly string[] =>
      (new RegExp(`^\\| ${row} \\|(.*)\\|$`, 'm').exec(text)?.[1] ?? '')
        .trim()
        .split(/\s+/)
        .filter((id) => id !== '')
    expect(listed('attacked')).toEqual(CORPUS.filter((id) => tested.has(id)))
    expect(listed('open')).toEqual(CORPUS.filter((id) => !tested.has(id)))
    for (const id of open) expect(CORPUS.includes(id) || id.startsWith('X'), id).toBe(true)
  })

  it('uses each X id for one attack only', () => {
    const seen = new Map<string, string>()
    for (const file of globSync('test/attack/**/*.test.ts'))
      for (const [, text = ''] of readFileSync(file, 'utf8').matchAll(/it(?:[.]each\([^]*?\))?\(\s*['`]((?:[A-K]\d\d )*X\d{2,3} [^\n]*)/g))
        for (const id of idsOf(text).filter((each) => each.startsWith('X'))) {
          expect(seen.get(id) ?? text, id).toBe(text)
          seen.set(id, text)
        }
    expect(seen.size).toBeGreaterThan(10)
  })
})

describe('its table', () => {
  it('reports tests that did not run as open and unknown results as failed', () => {
    const rows = rowsOf([
      { title: 'A01 none', status: 'passed' },
      { title: 'A02 A03 both', status: 'failed' },
      { title: 'A04 later', status: 'todo' },
      { title: 'A05 odd', status: 'who knows' },
      { title: 'A17 now', status: 'passed' },
      { title: 'A17 later', status: 'todo' },
      { title: 'without an id', status: 'passed' },
    ])
    const results = resultsById(rows)
    expect(['A01', 'A02', 'A03', 'A04', 'A05', 'A17', 'K05'].map((id) => results.get(id))).toEqual([
      'passed',
      'FAILED',
      'FAILED',
      'open',
      'FAILED',
      'passed',
      'open',
    ])
    expect(table(rows)).toContain('A02  FAILED  both')
  })
})
