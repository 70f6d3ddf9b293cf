import { Router } from 'express'
import { UpstreamError, type SignedIn, type SignInFailure, type Upstream, type UpstreamContext } from '../../login/upstream-provider.ts'

export type FakePerson = Omit<SignedIn, 'upstream'>

/** Who signs in next, by the ID of the upstream, and what assertions are accepted. All replicas share it, as they would an identity provider. */
export type FakeDirectory = {
  person: FakePerson | SignInFailure
  readonly assertions: Map<string, FakePerson>
}

const isFailure = (who: FakePerson | SignInFailure): who is SignInFailure => 'reason' in who

/** An upstream whose identity provider answers at once, by a POST from another site, as the HTTP-POST binding of SAML does. */
export function fakeUpstream(id: string, directory: FakeDirectory, context: UpstreamContext): Upstream {
  const routes = Router()
  const finish = async (
    ticket: string,
    who: FakePerson | SignInFailure,
    request: Parameters<UpstreamContext['done']>[1],
    response: Parameters<UpstreamContext['done']>[2],
  ) => {
    const interaction = context.tickets.read('request', ticket)
    if (interaction === undefined)
      return await context.done({ interaction: undefined, failure: { reason: 'Expired', message: 'This sign-in is over.' } }, request, response)
    if (isFailure(who)) return await context.done({ interaction, failure: who }, request, response)
    if ((await context.state.remember('answer', ticket, { ttlSeconds: 600, owner: who.name })) === 'seen')
      return await context.done({ interaction, failure: { reason: 'Invalid', message: 'This answer was used.' } }, request, response)
    await context.done({ interaction, person: { ...who, upstream: id } }, request, response)
  }
  routes.get('/answer', (request, response, next) => {
    const ticket = new URLSearchParams(request.url.split('?')[1]).get('ticket') ?? ''
    finish(ticket, directory.person, request, response).catch(next)
  })
  routes.get('/ended', (request, response, next) => {
    const nameID = new URLSearchParams(request.url.split('?')[1]).get('name') ?? ''
    context.ended(id, { nameID }).then(() => response.end(), next)
  })
  return {
    id,
    label: `Directory ${id}`,
    routes,
    begin: (interaction, _wanted, response) => {
      response.redirect(303, `${context.url}/answer?ticket=${context.tickets.issue('request', interaction, 600)}`)
      return Promise.resolve()
    },
    verifyAssertion: async (assertion) => {
      const person = directory.assertions.get(assertion)
      if (person === undefined) throw new UpstreamError({ reason: 'Invalid', message: 'The assertion does not hold.', detail: 'it is unknown' })
      if ((await context.state.remember('assertion', assertion, { ttlSeconds: 600, owner: person.name })) === 'seen')
        throw new UpstreamError({ reason: 'Invalid', message: 'used', detail: 'it was used' })
      return { ...person, upstream: id }
    },
  }
}
