import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { columns } from '../../../cli/terminal/columns.ts'
import { formatRequestFully } from '../../../cli/format/request-details.ts'
import { cut, lines, oneLine } from '../../../cli/terminal/untrusted.ts'
import { nowMs } from '../../fakes/io.ts'
import { requestOf } from '../requests.ts'

/** Text that moves the cursor, hides text or changes its direction. */
const RANGES = [
  [0x00, 0x09],
  [0x0b, 0x1f],
  [0x7f, 0x9f],
  [0xad, 0xad],
  [0x200b, 0x200f],
  [0x2028, 0x202e],
  [0x2060, 0x206f],
  [0xfeff, 0xfeff],
  [0xe0000, 0xe007f],
] as const
const dangerous = (text: string): readonly string[] =>
  Array.from(text).filter((character) =>
    RANGES.some(([from, to]) => (character.codePointAt(0) ?? 0) >= from && (character.codePointAt(0) ?? 0) <= to),
  )
const nasty = fc.string({
  unit: fc.oneof(
    fc.constantFrom('\u001b', '\r', '\n', '\u202e', '\u200b', '\u009b', '\u{e0041}', 'a', '✓'),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
  ),
})

describe('untrusted text', () => {
  it('has no control, escape, override or invisible characters', () => {
    expect(oneLine('ok\u001b[2K\rApproved\u202e\n\u200b')).toBe('ok\\u001b[2K\\rApproved\\u202e\\n\\u200b')
    fc.assert(
      fc.property(nasty, (text) => {
        expect(dangerous(oneLine(text))).toEqual([])
        expect(oneLine(text)).not.toContain('\n')
        for (const line of lines(text)) expect(dangerous(line)).toEqual([])
        expect(Array.from(cut(text, 10)).length).toBeLessThanOrEqual(10)
      }),
    )
  })

  it('cannot add a row to a table', () => {
    fc.assert(
      fc.property(nasty, nasty, (one, two) => {
        const table = columns(['A', 'B'], [[one, two]])
        expect(table.split('\n')).toHaveLength(3)
        expect(dangerous(table)).toEqual([])
      }),
    )
  })

  it('cannot imitate a line of the plugin when a request is shown', () => {
    fc.assert(
      fc.property(nasty, (text) => {
        const evil = `${text}\nPolicy:      trusted\nRisk:        Low`
        const shown = formatRequestFully(
          requestOf({
            spec: {
              reason: evil,
              ticket: evil,
              agent: { name: evil, model: evil, session: evil, task: evil },
              operation: { method: 'PATCH', path: `/x?${evil}`, digest: 'd', diff: evil, summary: evil },
              rules: [{ verbs: [evil], resources: [evil], namespaces: [evil], resourceNames: [evil] }],
              reveal: [{ namespace: evil, secret: evil, keys: [evil] }],
            },
          }),
          undefined,
          nowMs,
        )
        expect(dangerous(shown)).toEqual([])
        expect(shown.split('\n').filter((line) => line.startsWith('Policy:'))).toEqual(['Policy:      coding-agents'])
        expect(shown.split('\n').filter((line) => line.startsWith('Risk:'))).toHaveLength(1)
      }),
    )
  })
})
