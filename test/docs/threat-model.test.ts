import { globSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { idsOf } from '../../hack/attack/corpus.ts'

it('docs/threat-model.md names attacks that there are, at least one for each threat', () => {
  const tested = new Set<string>()
  for (const file of globSync('test/attack/**/*.test.ts'))
    for (const [, text = ''] of readFileSync(file, 'utf8').matchAll(/['`]((?:[A-KX]\d{2,3} )+[^\n]*)/g)) for (const id of idsOf(text)) tested.add(id)
  const rows = (readFileSync('docs/threat-model.md', 'utf8').split('## Threats and attacks')[1] ?? '')
    .split('\n')
    .filter((line) => /^\| (?!threat|---)/.test(line))
  expect(rows.length).toBeGreaterThan(10)
  for (const row of rows) {
    const ids = row.split('|').at(-2)?.trim().split(' ') ?? []
    expect(ids.length, row).toBeGreaterThan(0)
    expect(
      ids.filter((id) => !tested.has(id)),
      row,
    ).toEqual([])
  }
})
