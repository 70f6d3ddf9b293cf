import fc from 'fast-check'
import { expect, it } from 'vitest'
import { pageOrInbox } from '../../../console/http/known-path.ts'

it.each(['/', '/grants', '/requests/a', '/requests/hold-0a1b.c', `/requests/${'a'.repeat(253)}`])('%s is a page', (path) =>
  expect(pageOrInbox(path)).toBe(path),
)
it.each([
  undefined,
  null,
  7,
  {},
  ['/grants'],
  '//grants',
  '/grants/',
  '/requests/',
  '/requests/-a',
  `/requests/${'a'.repeat(254)}`,
  '/requests/a/deny',
  '/style.css',
])('%j is none', (path) => expect(pageOrInbox(path)).toBe('/'))
it('whatever is asked for, a browser stays on the console', () => {
  const piece = fc.constantFrom(
    '/',
    '\\',
    '//',
    'requests',
    'a',
    '.',
    '..',
    '%2f',
    '@',
    ':',
    '?',
    '#',
    'https:',
    'evil.test',
    '\t',
    '\n',
    ' ',
    '\u0000',
  )
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: piece, maxLength: 8 }), fc.webUrl(), fc.string()), (path) => {
      const target = new URL(pageOrInbox(path), 'https://console.test/sign-in/callback')
      expect(target.origin).toBe('https://console.test')
      expect(target.pathname).toMatch(/^\/(grants|requests\/[a-z0-9.-]+)?$/)
      expect(target.search + target.hash).toBe('')
    }),
    { numRuns: 2000 },
  )
})
