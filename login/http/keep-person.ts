import { StatusError } from '../../domain/status-error.ts'
import type { Log } from '../../server/log.ts'
import type { ClientConfig } from '../config/config.ts'
import type { LoginMetrics } from '../metrics.ts'
import { allowsUpstream } from '../provider/provider.ts'
import type { LoginRecords } from '../records/login-records.ts'
import type { People, Person } from '../state/people.ts'
import { UpstreamError, type SignedIn } from '../upstream-provider.ts'
import { failureOf } from './done.ts'
import { checkRecent } from './wanted.ts'

export type KeepPersonOptions = { readonly people: People; readonly records: LoginRecords; readonly log: Log; readonly metrics: LoginMetrics }

/** Where a sign-in leads, and where it comes from. */
export type Visit = {
  readonly interaction: Parameters<typeof checkRecent>[0]
  readonly client: ClientConfig
  readonly address: string | undefined
}

/** @throws StatusError Forbidden */
function checkAllowed(signedIn: SignedIn, { interaction, client }: Visit): void {
  if (!allowsUpstream(client, signedIn.upstream))
    throw new StatusError('Forbidden', 'People of this identity provider may not sign in to this program.')
  checkRecent(interaction, signedIn)
}

/** Signs in the person that an upstream named, and records it. @throws StatusError when the person is nobody here, or when it cannot be recorded */
export const createKeepPerson = ({ people, records, log, metrics }: KeepPersonOptions) => {
  const refuse = async (
    { name, upstream }: SignedIn,
    { client, address }: Visit,
    { error, message }: { readonly error: StatusError; readonly message: string },
  ): Promise<never> => {
    metrics.signedIn(upstream, 'Refused')
    await records.ended({ event: 'login.sign-in-refused', subject: name, client: client.id, upstream, address, message })
    throw error
  }
  return async (signedIn: SignedIn, visit: Visit): Promise<Person> => {
    const { upstream } = signedIn
    const { client, address } = visit
    try {
      checkAllowed(signedIn, visit)
    } catch (error) {
      if (!(error instanceof StatusError)) throw error
      return await refuse(signedIn, visit, { error, message: error.message })
    }
    const failed = (error: unknown): never => {
      metrics.signedIn(upstream, 'Error')
      throw error
    }
    const { person, leftOut } = await people.signIn(signedIn).catch(async (error: unknown) => {
      if (!(error instanceof UpstreamError)) return failed(error)
      const { failure } = error
      if (failure.reason === 'Unavailable') return failed(failureOf(failure))
      return await refuse(signedIn, visit, { error: failureOf(failure), message: failure.detail ?? failure.message })
    })
    await records.granted({ event: 'login.signed-in', subject: person.name, client: client.id, upstream, address }).catch(failed)
    metrics.signedIn(upstream, 'Success')
    log.info('person.signed-in', { client: client.id, subject: person.name, upstream })
    if (leftOut.length > 0) log.warn('sign-in.groups-left-out', { reason: leftOut.join('; ') })
    return person
  }
}
