import fc from 'fast-check'
import { expect, it } from 'vitest'
import { isSession, means, nameOfRun, readSessionName } from '../../../../domain/record/sessions/session-name.ts'
import type { Run } from '../../../../domain/record/sessions/run.ts'

const SESSION = '0123456789abcdef0123456789abcdef'
const run = (startMs: number, lastMs: number): Run => ({ session: SESSION, startMs, lastMs }) as Run

it('a name says which session and second, and means the run that it was made of', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 4e12 }), fc.integer({ min: 0, max: 1e9 }), (startMs, lasted) => {
      const made = run(startMs, startMs + lasted)
      const read = readSessionName(nameOfRun(made))
      expect(read).toEqual({ session: SESSION, secondMs: Math.floor(startMs / 1000) * 1000 })
      expect(read !== undefined && means(read, made)).toBe(true)
    }),
  )
})

it('a name is a valid name of a Kubernetes object', () => {
  expect(nameOfRun(run(Date.parse('2026-11-29T13:10:28.123Z'), 0))).toBe(`${SESSION}-20261129t131028z`)
})

it.each(['', '..', '../x', SESSION, `${SESSION}-20261129t131028z/..`, `${SESSION}-20261399t131028z`, `${SESSION.toUpperCase()}-20261129t131028z`])(
  'reads no name in %j',
  (text) => {
    expect(readSessionName(text)).toBeUndefined()
    expect(isSession(`${text}/`)).toBe(false)
  },
)

it('a name of a later second of the run means it too, and one before or after does not', () => {
  const made = run(10_000, 70_500)
  const at = (secondMs: number): boolean => means({ session: SESSION, secondMs }, made)
  expect([at(9_000), at(10_000), at(70_000), at(71_000)]).toEqual([false, true, true, false])
})
