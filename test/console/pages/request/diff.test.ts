import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { difference, rowsOf } from '../../../../console/pages/request/diff.ts'

const DIFF = `@@ -1,4 +1,5 @@
 spec:
-  replicas: 3
-  paused: false
+  replicas: 0
   selector: {}
+  extra: true
`

describe('a difference in two columns', () => {
  it('pairs removed lines with those that replace them', () =>
    expect(rowsOf(DIFF)).toEqual([
      { place: '@@ -1,4 +1,5 @@' },
      { old: 'spec:', new: 'spec:' },
      { old: '  replicas: 3', new: '  replicas: 0' },
      { old: '  paused: false', new: undefined },
      { old: '  selector: {}', new: '  selector: {}' },
      { old: undefined, new: '  extra: true' },
    ]))
  it('loses no line and adds none', () => {
    const line = fc.tuple(fc.constantFrom('+', '-', ' '), fc.stringMatching(/^[a-z: ]{0,8}$/)).map((parts) => parts.join(''))
    fc.assert(
      fc.property(fc.array(line, { minLength: 1 }), (lines) => {
        const rows = rowsOf(lines.join('\n'))
        const side = (signs: string): readonly string[] => lines.filter(([sign = '']) => signs.includes(sign)).map((each) => each.slice(1))
        expect(rows.flatMap((row) => row.old ?? [])).toEqual(side('- '))
        expect(rows.flatMap((row) => row.new ?? [])).toEqual(side('+ '))
      }),
    )
  })
  it('keeps the signs, so that color is not needed, and links to the other view', () => {
    const { markup } = difference(DIFF, { view: 'split', path: '/requests/r' })
    expect(markup).toMatch(/<td class="removed">-\s*replicas: 3<\/td>\s*<td class="added">\+\s*replicas: 0<\/td>/)
    expect(markup).toContain('href="/requests/r#difference"')
    expect(difference(DIFF, { view: 'unified', path: '/requests/r' }).markup).toContain('href="/requests/r?diff=split#difference"')
  })
})
