import { reasonOf, type Log } from '../log.ts'

/**
 * Logs uncaught errors and continues, since an error in one request must not end all others. No state depends on this: state changes are transactions
 * of the store.
 */
export function surviveErrors(log: Log): void {
  process.on('uncaughtException', (error) => log.error('error.uncaught', { error: reasonOf(error) }))
  process.on('unhandledRejection', (reason) => log.error('rejection.unhandled', { error: reasonOf(reason) }))
}
