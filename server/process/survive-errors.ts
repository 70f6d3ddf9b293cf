import { reasonOf, type Log } from '../log.ts'

/**
 * The last net: what nobody caught is logged and the process goes on, since one request must not end the answers to all others.
 * Nothing rests on it: state changes are transactions of the store.
 */
export function surviveErrors(log: Log): void {
  process.on('uncaughtException', (error) => log.error('error.uncaught', { error: reasonOf(error) }))
  process.on('unhandledRejection', (reason) => log.error('rejection.unhandled', { error: reasonOf(reason) }))
}
