import express, { type Express, type Request, type RequestHandler, type Response } from 'express'
import type Provider from 'oidc-provider'
import { StatusError } from '../../domain/status-error.ts'
import type { Log } from '../../server/log.ts'
import type { ClientConfig } from '../config/config.ts'
import type { LoginMetrics } from '../metrics.ts'
import { choosePage } from '../pages/choose.ts'
import { consentPage } from '../pages/consent-page.ts'
import { layout } from '../pages/layout.ts'
import { SCOPES } from '../provider/clients.ts'
import { dropCookie, SESSION_COOKIES } from '../provider/cookie-adapter.ts'
import { allowsUpstream } from '../provider/provider.ts'
import type { LoginRecords } from '../records/login-records.ts'
import type { People, Person } from '../state/people.ts'
import type { SharedState } from '../state/shared-state.ts'
import { UpstreamError, type SignedIn, type Tickets, type Upstream } from '../upstream-provider.ts'
import { failureOf, RESULT } from './done.ts'
import { createKeepPerson } from './keep-person.ts'
import { wantedOf } from './wanted.ts'

export type InteractionOptions = {
  readonly provider: () => Provider
  readonly clientOf: (id: string) => ClientConfig | undefined
  readonly upstreams: readonly Upstream[]
  readonly people: People
  readonly state: SharedState
  readonly tickets: Tickets
  readonly url: string
  readonly log: Log
  readonly metrics: LoginMetrics
  readonly records: LoginRecords
}

type Interaction = Awaited<ReturnType<Provider['interactionDetails']>>

const handled =
  (handler: (request: Request, response: Response) => Promise<void>): RequestHandler =>
  (request, response, next) =>
    void handler(request, response).catch(next)

const readForm = express.urlencoded({ extended: false, limit: 4096, parameterLimit: 8 })

const field = ({ body }: Request, name: string): string => {
  const value: unknown = (body as { readonly [name: string]: unknown } | undefined)?.[name]
  return typeof value === 'string' ? value : ''
}

/** Ends the session of another person in this browser. */
const forgetOthers = async (interaction: Interaction, { name }: Person): Promise<void> => {
  if (interaction.session === undefined || interaction.session.accountId === name) return
  delete interaction.session
  await interaction.save(interaction.exp - Math.floor(Date.now() / 1000))
  for (const cookie of SESSION_COOKIES) dropCookie(cookie)
}

/** Where people sign in and agree, between the request of a program and its answer. The interaction is sealed in a cookie of the browser that began it. */
export function serveInteractions(app: Express, options: InteractionOptions): void {
  const { provider, clientOf, upstreams, state, tickets, url, metrics } = options

  const interactionOf = async (request: Request, response: Response): Promise<Interaction> => {
    try {
      const found = await provider().interactionDetails(request, response)
      if (found.uid === request.params['uid']) return found
    } catch (error) {
      throw new StatusError('BadRequest', 'This sign-in was not begun in this browser, or too long ago.', { cause: error })
    }
    throw new StatusError('BadRequest', 'This sign-in was not begun in this browser, or too long ago.')
  }
  const clientIn = ({ params }: Interaction): ClientConfig => {
    const client = clientOf(String(params['client_id']))
    if (client === undefined) throw new StatusError('BadRequest', 'The program that sent you here is not known.')
    return client
  }
  const choicesOf = (client: ClientConfig): readonly Upstream[] => upstreams.filter(({ id }) => allowsUpstream(client, id))

  const begin = async (upstream: Upstream, interaction: Interaction, response: Response): Promise<void> => {
    try {
      await upstream.begin(interaction.uid, wantedOf(interaction), response)
    } catch (error) {
      if (!(error instanceof UpstreamError)) throw error
      metrics.signedIn(upstream.id, error.failure.reason === 'Unavailable' ? 'Error' : 'Refused')
      throw failureOf(error.failure)
    }
  }

  const showConsent = async (interaction: Interaction, client: ClientConfig, response: Response): Promise<void> => {
    const redirect = URL.parse(typeof interaction.params['redirect_uri'] === 'string' ? interaction.params['redirect_uri'] : '')
    const form = tickets.issue('consent', interaction.uid, 900)
    const person = interaction.session?.accountId ?? ''
    response.send(
      layout({
        title: `Sign in to ${client.id}?`,
        body: consentPage({ interaction: interaction.uid, client: client.id, person, form, redirectHost: redirect?.host }),
      }),
    )
  }

  const grant = async (interaction: Interaction, client: ClientConfig): Promise<string> => {
    const accountId = interaction.session?.accountId
    if (accountId === undefined) throw new StatusError('BadRequest', 'Nobody is signed in.')
    const made = new (provider().Grant)({ accountId, clientId: client.id })
    made.addOIDCScope(SCOPES.join(' '))
    return await made.save()
  }

  /** The browser that signed in has to be the one that asked: nobody signs in somebody else as themselves. */
  const takeResult = async (key: string, uid: string): Promise<SignedIn> => {
    const found = await state.get(RESULT, key)
    const { interaction, person } = (found?.content ?? {}) as { readonly interaction?: string; readonly person?: SignedIn }
    if (found !== undefined && person !== undefined && interaction === uid && (await state.remove(RESULT, key, found.version))) return person
    throw new StatusError('BadRequest', 'This sign-in is used already, or was not begun in this browser.')
  }
  const keepPerson = createKeepPerson(options)
  app.get(
    '/interaction/:uid',
    handled(async (request, response) => {
      const interaction = await interactionOf(request, response)
      const client = clientIn(interaction)
      if (interaction.prompt.name === 'consent') return await showConsent(interaction, client, response)
      const choices = choicesOf(client)
      const [only, ...more] = choices
      if (only === undefined) throw new StatusError('Forbidden', 'Nobody may sign in to this program.')
      if (more.length === 0) return await begin(only, interaction, response)
      response.send(layout({ title: 'Sign in', body: choosePage(interaction.uid, { client: client.id, upstreams: choices }) }))
    }),
  )
  app.get(
    '/interaction/:uid/upstream/:upstream',
    handled(async (request, response) => {
      const interaction = await interactionOf(request, response)
      const client = clientIn(interaction)
      const chosen = choicesOf(client).find(({ id }) => id === request.params['upstream'])
      if (chosen === undefined) throw new StatusError('NotFound', 'There is no such identity provider.')
      await begin(chosen, interaction, response)
    }),
  )
  app.get(
    '/interaction/:uid/signed-in/:result',
    handled(async (request, response) => {
      const interaction = await interactionOf(request, response)
      const client = clientIn(interaction)
      const signedIn = await takeResult(String(request.params['result']), interaction.uid)
      const person = await keepPerson(signedIn, { interaction, client, address: request.ip })
      await forgetOthers(interaction, person)
      await provider().interactionFinished(
        request,
        response,
        { login: { accountId: person.name, ts: person.authenticatedAt } },
        { mergeWithLastSubmission: false },
      )
    }),
  )
  app.post(
    '/interaction/:uid/consent',
    readForm,
    handled(async (request, response) => {
      const interaction = await interactionOf(request, response)
      const client = clientIn(interaction)
      const { origin } = request.headers
      if ((origin !== undefined && origin !== url) || tickets.read('consent', field(request, 'form')) !== interaction.uid)
        throw new StatusError('Forbidden', 'Nothing was done: this form is not of your sign-in.')
      const agreed = field(request, 'decision') === 'continue'
      const result = agreed
        ? { consent: { grantId: await grant(interaction, client) } }
        : { error: 'access_denied', error_description: 'the person cancelled' }
      await provider().interactionFinished(request, response, result, { mergeWithLastSubmission: agreed })
    }),
  )
}
