import type { Tickets } from '../upstream-provider.ts'

/** The path that ends all sign-ins of a person, here and at their upstream. The page that asks whether to sign out links it. */
export const everywherePath = (tickets: Tickets, name: string): string => `/sign-out/${tickets.issue('sign-out', name, 300)}`
