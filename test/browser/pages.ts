import { agentPath, keyPath, sessionPath } from '../../console/http/known-path.ts'

/** Objects that the pages show, with hostile texts in every field that an agent controls. */
export type Made = {
  /** A pending request for access. */
  readonly request: string
  /** A pending request of a deletion that waits at the gateway. */
  readonly held: string
  /** A pending request of a creation that waits at the gateway. */
  readonly sent: string
  /** A live grant, and the approved request of the same name. */
  readonly grant: string
  /** Name of the agent that asked for access and has the grant. */
  readonly agent: string
  /** The session of this agent. */
  readonly session: string
  /** A key of the approver that is not registered. */
  readonly key: string
}

export type ConsolePage = {
  readonly title: string
  readonly path: (made: Made) => string
  /** A human of hack/identity-provider/identities.yaml, or undefined for nobody. */
  readonly user: 'approver' | 'admin' | undefined
}

/**
 * Every page of the console, one line each. pages.test.ts looks at each in both themes, on a screen and on a phone: axe-core finds nothing, nothing is
 * wider than the screen, no text of an agent becomes markup, and no page breaks its content security policy. The page of a terminal has a player, which is
 * looked at before, while and after it plays: test/console/pages/sessions/terminal-page.test.ts.
 */
export const PAGES: readonly ConsolePage[] = [
  { title: 'the inbox', path: () => '/', user: 'approver' },
  { title: 'a request for access', path: ({ request }) => `/requests/${request}`, user: 'approver' },
  { title: 'a deletion that waits', path: ({ held }) => `/requests/${held}`, user: 'approver' },
  { title: 'a difference side by side', path: ({ held }) => `/requests/${held}?diff=split`, user: 'approver' },
  { title: 'a creation that waits', path: ({ sent }) => `/requests/${sent}`, user: 'approver' },
  { title: 'an approved request', path: ({ grant }) => `/requests/${grant}`, user: 'approver' },
  { title: 'keys', path: () => '/keys', user: 'approver' },
  { title: 'grants of one identity', path: () => '/grants?subject=nobody', user: 'approver' },
  { title: 'grants', path: () => '/grants', user: 'approver' },
  { title: 'agents', path: () => '/agents', user: 'approver' },
  { title: 'the suspension of all agents', path: () => '/agents/all', user: 'approver' },
  { title: 'an agent', path: ({ agent }) => agentPath(agent), user: 'approver' },
  { title: 'policies', path: () => '/policies', user: 'approver' },
  { title: 'a policy', path: () => '/policies/coding-agents', user: 'approver' },
  { title: 'history', path: () => '/history', user: 'approver' },
  { title: 'the status of the installation', path: () => '/status', user: 'admin' },
  { title: 'sessions', path: () => '/sessions', user: 'approver' },
  { title: 'a session', path: ({ session }) => sessionPath(session), user: 'approver' },
  { title: 'the registration of a key', path: ({ key }) => keyPath(key), user: 'approver' },
  { title: 'a page that does not exist', path: () => '/requests/absent', user: 'approver' },
  { title: 'after sign-out', path: () => '/signed-out', user: undefined },
  { title: 'the login page of the development', path: () => '/sign-in', user: undefined },
]
