import fc from 'fast-check'
import { expect, it } from 'vitest'
import { agentIn, agentPath, pageOrInbox } from '../../../console/http/known-path.ts'

it.each([
  '/',
  '/grants',
  '/agents',
  '/policies',
  '/history',
  '/status',
  '/policies/a.b',
  '/agents/of/b2lkYzphZ2VudA',
  '/requests/a',
  '/requests/hold-0a1b.c',
  `/requests/${'a'.repeat(253)}`,
  '/sessions/a.b-1/terminals/0f1e-2d',
  '/history?requester=oidc%3Aagent&outcome=Denied&mine=yes',
  '/sessions?agent=oidc%3Aci',
  '/agents?named=a+b',
  '/grants?subject=system%3Aserviceaccount%3Ashop%3Abot&policy=agents',
])('%s is a page', (path) => expect(pageOrInbox(path)).toBe(path))
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
  '/agents/of/',
  '/agents/of/b2lkYzphZ2VudA==',
  '/agents/of/_w',
  '/agents/all',
  '/policies/a/try',
  '/suspensions',
  '/style.css',
])('%j is none', (path) => expect(pageOrInbox(path)).toBe('/'))
it.each([
  ['/history?requester=a&evil=b&format=csv', '/history?requester=a'],
  ['/history?requester=%0d%0aset-cookie:x#y', '/history?requester=%0D%0Aset-cookie%3Ax%23y'],
  ['/history?requester="><script>', '/history?requester=%22%3E%3Cscript%3E'],
  [`/history?requester=${'a'.repeat(3000)}`, '/history'],
  [`/history?requester=${'\u20ac'.repeat(1000)}`, '/history'],
  ['/history?requester=', '/history'],
  ['/history/download?format=csv', '/'],
  ['/requests/a?x=y', '/'],
  ['/?requester=a', '/'],
  ['//evil.test?requester=a', '/'],
  ['/sessions/a/terminals/a/recording.cast', '/'],
  ['/sessions/a/terminals/', '/'],
])('%s leads to %s', (asked, page) => expect(pageOrInbox(asked)).toBe(page))
it('whatever is asked for, a browser stays on the console', () => {
  const piece = fc.constantFrom(
    '/',
    '\\',
    '//',
    'requests',
    'policies',
    'agents',
    'of',
    'b2lk',
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
      expect(target.pathname).toMatch(/^\/(grants|agents|policies|history|status|(requests|policies)\/[a-z0-9.-]+|agents\/of\/[\w-]+)?$/)
      expect(target.search + target.hash).toBe('')
    }),
    { numRuns: 2000 },
  )
})

it('a link to an agent leads to this agent, whatever its name is', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 }), (username) => {
      const path = agentPath(username)
      expect(pageOrInbox(path)).toBe(path)
      expect(agentIn(path.slice('/agents/of/'.length))).toBe(username)
    }),
  )
  expect(agentIn(agentPath('a'.repeat(1025)).slice('/agents/of/'.length))).toBeUndefined()
})
