import { expect, it } from 'vitest'
import { navigationLinks, PAGES, pageOf } from '../../../console/html/navigation.ts'

it.each([
  ['/', '/'],
  ['/requests/a', '/'],
  ['/agents/of/b2lkYw', '/agents'],
  ['/suspensions/a/lift', '/agents'],
  ['/policies/a/try', '/policies'],
  ['/history/download', '/history'],
])('%s belongs to %s', (path, page) => expect(pageOf(path)?.path).toBe(page))
it.each(['/sign-in', '/agentsx', '/style.css'])('%s belongs to no page', (path) => expect(pageOf(path)).toBeUndefined())
it('links to every page once, and marks one: as this page, or as the one that this page is under', () => {
  for (const { path } of PAGES) {
    const { markup } = navigationLinks(path)
    expect(markup.match(/href=/g)?.length).toBe(PAGES.length)
    expect(markup).toContain(`<a href="${path}" aria-current="page">`)
    expect(markup.match(/aria-current/g)?.length).toBe(1)
  }
  expect(navigationLinks('/policies/a').markup).toContain('<a href="/policies" aria-current="true">')
  expect(navigationLinks(undefined).markup).not.toContain('aria-current')
})
