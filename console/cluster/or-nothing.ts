import { StatusError } from '../../domain/status-error.ts'

/** Undefined for what the user may not see, or the server does not have. @throws StatusError of any other failure */
export async function orNothing<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading
  } catch (error) {
    if (error instanceof StatusError && ['Forbidden', 'NotFound', 'MethodNotAllowed'].includes(error.reason)) return undefined
    throw error
  }
}
