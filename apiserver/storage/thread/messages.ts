import { StoreUnavailable, VersionExpired, VersionTooLarge, WriteConflict, type ListOptions, type StoreEvent, type Write } from '../port.ts'
import type { StoreEventOf } from '../sqlite.ts'

/** What the thread needs to open the store. */
export type StoreThreadData = { readonly file: string; readonly nowMs: number }

/** A call for the thread. `watch` returns the events after a version; later ones come as commits, until `unwatch`. */
export type StoreCall =
  | { readonly call: 'get'; readonly resource: string; readonly name: string }
  | { readonly call: 'list'; readonly resource: string; readonly options: ListOptions | undefined }
  | { readonly call: 'commit'; readonly writes: readonly Write[] }
  | { readonly call: 'watch'; readonly resource: string; readonly after: number }
  | { readonly call: 'unwatch'; readonly resource: string }
  | { readonly call: 'compact'; readonly version: number }
  | { readonly call: 'close' }

export type StoreQuestion = { readonly id: number; readonly call: StoreCall }

/** The result of a call, in the order of the commits: what it shows comes after the commits that it saw. */
export type StoreAnswer = { readonly id: number } & ({ readonly result: unknown } | { readonly error: SentError })

/** What commits changed. `changed` names the resources; `events` are those of watched resources. */
export type StoreCommits = { readonly version: number; readonly changed: readonly string[]; readonly events: readonly StoreEventOf[] }

/** The first message of the thread. */
export type StoreOpened = { readonly opened: number } | { readonly failed: SentError }

export type StoreMessage = StoreAnswer | StoreCommits | StoreOpened

/** Events of a watch that come before its first commit. */
export type Replayed = readonly StoreEvent[]

/** An error of the store. Between threads, errors lose their class and their properties. */
export type SentError =
  | { readonly kind: 'conflict'; readonly resource: string; readonly name: string; readonly current: number }
  | { readonly kind: 'expired'; readonly message: string }
  | { readonly kind: 'tooLarge'; readonly message: string; readonly asked: number; readonly current: number }
  | { readonly kind: 'unavailable' | 'other'; readonly message: string; readonly errcode: number | undefined }

const errcodeOf = (error: unknown): number | undefined =>
  error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' ? error.errcode : undefined
const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

export function sentError(error: unknown): SentError {
  if (error instanceof WriteConflict) return { kind: 'conflict', resource: error.resource, name: error.objectName, current: error.current }
  if (error instanceof VersionTooLarge) return { kind: 'tooLarge', message: error.message, asked: error.asked, current: error.current }
  if (error instanceof VersionExpired) return { kind: 'expired', message: error.message }
  const isUnavailable = error instanceof StoreUnavailable
  const cause = isUnavailable ? error.cause : error
  return { kind: isUnavailable ? 'unavailable' : 'other', message: messageOf(cause), errcode: errcodeOf(cause) }
}

/** The error that was sent. `writes`: those of the commit that failed, one of which a conflict names. */
export function receivedError(sent: SentError, writes: readonly Write[] = []): Error {
  switch (sent.kind) {
    case 'conflict': {
      const write = writes.find(({ resource, name }) => resource === sent.resource && name === sent.name)
      return write === undefined
        ? new Error(`a conflict of ${sent.resource} "${sent.name}", which was not written`)
        : new WriteConflict(write, sent.current)
    }
    case 'expired':
      return new VersionExpired(sent.message)
    case 'tooLarge':
      return new VersionTooLarge(sent.asked, sent.current)
    case 'unavailable':
    case 'other': {
      const error = Object.assign(new Error(sent.message), sent.errcode === undefined ? {} : { errcode: sent.errcode })
      return sent.kind === 'unavailable' ? new StoreUnavailable(error) : error
    }
  }
}
