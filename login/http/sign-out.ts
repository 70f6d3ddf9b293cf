import type { Express } from 'express'
import { StatusError } from '../../domain/status-error.ts'
import { dropCookie, SESSION_COOKIES } from '../provider/cookie-adapter.ts'
import type { LoginRecords } from '../records/login-records.ts'
import type { People } from '../state/people.ts'
import type { Tickets, Upstream } from '../upstream-provider.ts'

export type SignOutOptions = {
  readonly people: People
  readonly upstreams: readonly Upstream[]
  readonly tickets: Tickets
  readonly records: LoginRecords
}

/** Ends all sign-ins of a person, here and at their upstream. */
export function serveSignOut(app: Express, { people, upstreams, tickets, records }: SignOutOptions): void {
  app.get('/sign-out/:ticket', (request, response, next) => {
    const signOut = async (): Promise<void> => {
      const name = tickets.read('sign-out', request.params.ticket)
      if (name === undefined) throw new StatusError('BadRequest', 'This link is not valid any more. Sign out again.')
      const person = await people.find(name, Number.MAX_SAFE_INTEGER)
      for (const cookie of SESSION_COOKIES) dropCookie(cookie)
      await people.signOut(name)
      await records.ended({ event: 'login.signed-out', subject: name, how: 'Everywhere', address: request.ip })
      const upstream = upstreams.find(({ id }) => id === person?.upstream)
      const signedIn = person === undefined ? undefined : { ...person, authenticatedAt: person.authenticatedAt * 1000 }
      if (signedIn !== undefined && upstream?.signOut !== undefined && (await upstream.signOut(signedIn, request, response))) return
      response.redirect(303, '/signed-out')
    }
    signOut().catch(next)
  })
}
