import { randomBytes } from 'node:crypto'
import { StatusError } from '../../domain/status-error.ts'
import { reasonOf, type Log } from '../../server/log.ts'
import type { LoginMetrics } from '../metrics.ts'
import type { SharedState } from '../state/shared-state.ts'
import type { Done, SignInFailure } from '../upstream-provider.ts'
import { showError } from './errors.ts'

/** Type of what is kept between the answer of an upstream and the page of the same browser. */
export const RESULT = 'SignInResult'
const RESULT_SECONDS = 120

const CODES = { Refused: 'Forbidden', Invalid: 'BadRequest', Expired: 'BadRequest', Unavailable: 'ServiceUnavailable' } as const

/** A failure of a sign-in for the person. */
export const failureOf = ({ reason, message, detail }: SignInFailure): StatusError =>
  new StatusError(CODES[reason], message, { cause: new Error(detail ?? reason) })

const pathOf = (interaction: string | undefined): string | undefined =>
  interaction !== undefined && /^[\w-]{1,64}$/.test(interaction) ? `/interaction/${interaction}` : undefined

type DoneOptions = { readonly state: SharedState; readonly metrics: LoginMetrics; readonly log: Log }

/** What an upstream calls at the end of a sign-in, in a request that may come from another site and has no cookies then. */
export function createDone({ state, metrics, log }: DoneOptions, upstream: string): Done {
  return async (outcome, _request, response) => {
    const path = pathOf(outcome.interaction)
    if ('failure' in outcome) {
      const error = failureOf(outcome.failure)
      metrics.signedIn(upstream, error.code < 500 ? 'Refused' : 'Error')
      log.warn('sign-in.failed', { upstream, code: error.code, error: reasonOf(error.cause) })
      return showError(response, error, path)
    }
    const { interaction, person } = outcome
    if (path === undefined || person.upstream !== upstream) throw new StatusError('BadRequest', 'This sign-in does not belong here.')
    const key = randomBytes(24).toString('base64url')
    await state.create(RESULT, key, { content: { interaction, person }, ttlSeconds: RESULT_SECONDS, owner: person.name })
    response.redirect(303, `${path}/signed-in/${key}`)
  }
}
