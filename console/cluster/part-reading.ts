import { StatusError } from '../../domain/status-error.ts'

/** What a page shows beside its subject: the value, or why this user does not see it. */
export type PartReading<T> = { readonly is: 'there'; readonly value: T } | { readonly is: 'unreadable'; readonly why: string }

/** Refusals that leave out one part of a page. Any other failure fails the page. */
const REFUSED = ['Forbidden', 'NotFound', 'MethodNotAllowed']

/** @throws every other error */
export async function readingOf<T>(reading: Promise<T>): Promise<PartReading<T>> {
  try {
    return { is: 'there', value: await reading }
  } catch (error) {
    if (error instanceof StatusError && REFUSED.includes(error.reason)) return { is: 'unreadable', why: error.message }
    throw error
  }
}

/** The value, or the one to use when the user may not see it. */
export const valueOr = <T, O = T>(reading: PartReading<T>, otherwise: O): T | O => (reading.is === 'there' ? reading.value : otherwise)

/** Undefined for what the user may not see, or the server does not have. @throws every other error */
export const orNothing = async <T>(reading: Promise<T>): Promise<T | undefined> => valueOr(await readingOf(reading), undefined)
