import type Provider from 'oidc-provider'
import { StatusError } from '../../domain/status-error.ts'
import type { SignedIn, Wanted } from '../upstream-provider.ts'

type Interaction = Awaited<ReturnType<Provider['interactionDetails']>>

/** How far the clock of an upstream may be behind ours. */
const CLOCK_SKEW_SECONDS = 60

/** What the program asks of the sign-in, by `prompt` and `max_age`. oidc-provider has checked their form. */
export function wantedOf({ params }: Pick<Interaction, 'params'>): Wanted {
  const { prompt } = params
  if (typeof prompt === 'string' && prompt.split(' ').includes('login')) return { maxAgeSeconds: 0 }
  const maxAge = Number(params['max_age'] ?? Number.NaN)
  return Number.isSafeInteger(maxAge) && maxAge >= 0 ? { maxAgeSeconds: maxAge } : {}
}

/** An upstream may sign in by a session that is older than the program accepts, although it was asked not to. @throws StatusError Forbidden */
export function checkRecent(interaction: Pick<Interaction, 'params' | 'iat'>, { authenticatedAt }: Pick<SignedIn, 'authenticatedAt'>): void {
  const { maxAgeSeconds } = wantedOf(interaction)
  if (maxAgeSeconds === undefined || authenticatedAt / 1000 >= interaction.iat - maxAgeSeconds - CLOCK_SKEW_SECONDS) return
  throw new StatusError(
    'Forbidden',
    'The program that sent you here asks for a new sign-in, and your identity provider used an older one. Sign out there, then start again.',
  )
}
