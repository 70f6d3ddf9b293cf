import { html, type Html } from '../../server/html/html.ts'

/** The pages that the navigation links to, in its order. `under`: paths that belong to the page besides its own and those below it. */
export const PAGES: readonly { readonly path: string; readonly title: string; readonly under?: string }[] = [
  { path: '/', title: 'Inbox', under: '/requests' },
  { path: '/grants', title: 'Grants' },
  { path: '/agents', title: 'Agents', under: '/suspensions' },
  { path: '/sessions', title: 'Sessions' },
  { path: '/policies', title: 'Policies' },
  { path: '/history', title: 'History' },
  { path: '/status', title: 'Status' },
  { path: '/keys', title: 'Keys' },
]

const isAtOrUnder = (path: string, page: string): boolean => path === page || path.startsWith(`${page}/`)

/** The page of the navigation that a path belongs to. Undefined for a path of none, as of sign-in. */
export const pageOf = (path: string): (typeof PAGES)[number] | undefined =>
  PAGES.find((page) => path === page.path) ??
  PAGES.find(({ path: own, under }) => (own !== '/' && isAtOrUnder(path, own)) || (under !== undefined && isAtOrUnder(path, under)))

function link({ path, title }: (typeof PAGES)[number], at: string | undefined): Html {
  if (at === undefined || pageOf(at)?.path !== path) return html`<a href="${path}">${title}</a>`
  return html`<a href="${path}" aria-current="${at === path ? 'page' : 'true'}">${title}</a>`
}

/** Links to all pages. `at`: the path of this page, which is marked. */
export const navigationLinks = (at: string | undefined): Html => html`<nav aria-label="Pages">${PAGES.map((page) => link(page, at))}</nav>`
