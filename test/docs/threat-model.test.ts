import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { titles } from '../attack/titles.ts'

it('docs/threat-model.md names attacks that run, at least one for each threat', () => {
  const { tested } = titles()
  const table = readFileSync('docs/threat-model.md', 'utf8').split('## Threats and attacks')[1] ?? ''
  const rows = table.split('\n').filter((line) => /^\| (?!threat|---)/.test(line))
  expect(rows.length).toBeGreaterThan(10)
  for (const row of rows) {
    const ids = row.split('|').at(-2)?.trim().split(' ') ?? []
    expect(
      ids.filter((id) => !tested.has(id)),
      row,
    ).toEqual([]) // an empty cell is an id that no attack has
  }
})
