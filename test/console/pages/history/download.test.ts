import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { HistoryRow } from '../../../../console/cluster/history/history.ts'
import { toCsv, toJson } from '../../../../console/pages/history/download.ts'

const row = (reason: string): HistoryRow => ({
  name: 'r',
  requester: 'oidc:agent',
  policy: 'agents',
  risk: 'High',
  outcome: 'Denied',
  created: '',
  ended: '',
  decidedBy: ['oidc:alice', 'oidc:bob'],
  access: 'delete pods',
  reason,
  grant: '',
  grantEnd: '',
})

/** The cells of RFC 4180. */
function parsed(csv: string): readonly (readonly string[])[] {
  const records: string[][] = []
  let [cells, cell, isQuoted]: [string[], string, boolean] = [[], '', false]
  for (let at = 0; at < csv.length; at += 1) {
    const character = csv[at]
    if (isQuoted && character === '"' && csv[at + 1] === '"') [cell, at] = [`${cell}"`, at + 1]
    else if (character === '"') isQuoted = !isQuoted
    else if (!isQuoted && character === ',') [cells, cell] = [[...cells, cell], '']
    else if (!isQuoted && csv.startsWith('\r\n', at)) [cells, cell, at] = [records.push([...cells, cell]) > 0 ? [] : [], '', at + 1]
    else cell += character
  }
  return records
}

it('a table has one record for each row, whatever the texts hold', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: fc.constantFrom('"', ',', '\r', '\n', '=', 'a', ' ', '\t') })), (reasons) => {
      const records = parsed(toCsv(reasons.map(row)))
      expect(records.length).toBe(reasons.length + 1)
      for (const [index, reason] of reasons.entries()) {
        const cell = records[index + 1]?.[9] ?? ''
        expect(cell.replaceAll("'", '')).toBe(reason)
        expect(cell).not.toMatch(/[;\t\r\n][=+\-@]/)
        expect(cell).not.toMatch(/^\s*[=+\-@]/)
      }
    }),
  )
})
it.each(['=HYPERLINK("https://evil.test")', '+1', '-1', '@SUM(A1)', '\t=1', ' =1', '\r=1'])('%j is not a formula', (reason) => {
  const cell = parsed(toCsv([row(reason)]))[1]?.[9] ?? ''
  expect(cell.startsWith("'")).toBe(true)
  expect(cell.replaceAll("'", '')).toBe(reason)
})
it.each([
  ['ok;=1+1', "ok;'=1+1"],
  ['ok; @SUM(A1)', "ok; '@SUM(A1)"],
  ['ok\n=1+1', "ok\n'=1+1"],
  ['\n=1+1', "\n'=1+1"],
  ['a-b, c=d; e', 'a-b, c=d; e'],
  ['＝1+1', "'＝1+1"],
])('%j is not a formula where a semicolon separates cells', (reason, cell) => expect(parsed(toCsv([row(reason)]))[1]?.[9]).toBe(cell))
it('JSON has every field, and says whether it is all', () =>
  expect(JSON.parse(toJson([row('"x"')], false))).toEqual({ complete: false, requests: [row('"x"')] }))
