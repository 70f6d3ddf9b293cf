import type { StoreEvent } from '../../storage/port.ts'
import type { Kind, KubeObject } from '../kind.ts'
import { fromEntry } from '../object.ts'
import { timeChangedPhase, queryMatches, selectsPhase } from './selectors.ts'
import type { EventType } from './watch-lines.ts'

/** The objects that a watch has shown to its client, by its selectors. */
export type WatchSelection = {
  /** Type of an event after filtering: an object that starts to match is added, one that no longer matches is deleted. Undefined: not shown. */
  change(event: StoreEvent): Promise<EventType | undefined>
  /** Called for each object that the watch begins with. */
  added(object: KubeObject): void
}

type WatchStart = {
  readonly kind: Kind
  readonly query: { readonly labelSelector: string; readonly fieldSelector: string }
  /** When the watch began. */
  readonly startMs: number
  /** Whether the watch begins with all existing objects. Otherwise it goes on from a version, and what its client was shown before is not known. */
  readonly fromStart: boolean
  readonly nowMs: () => number
}

/**
 * A phase changes by time too, and no event says so: the store writes the end of a request or grant later. So what a watch of a phase has shown is remembered by
 * name. Other fields change by events alone, and the object before the event says what was shown. If time changed the phase before the watch went on from a
 * version, the object counts as shown: a client that does not have it ignores its deletion, and one that has it would keep it forever.
 * @throws StatusError BadRequest
 */
export function createWatchSelection({ kind, query, startMs, fromStart, nowMs }: WatchStart): WatchSelection {
  const matches = queryMatches(query, kind)
  const shown = selectsPhase(query.fieldSelector) ? new Map<string, boolean>() : undefined
  const wasShown = async ({ entry, previous }: StoreEvent): Promise<boolean> => {
    const remembered = shown?.get(entry.name)
    if (remembered !== undefined) return remembered
    if (previous === undefined) return false
    const before = fromEntry({ ...entry, value: previous })
    return (await matches(before, startMs)) || (shown !== undefined && !fromStart && (await timeChangedPhase(kind, before, startMs)))
  }
  return {
    added: ({ metadata }) => void shown?.set(metadata.name, true),
    change: async (event) => {
      const before = await wasShown(event)
      const now = event.type !== 'DELETED' && (await matches(fromEntry(event.entry), nowMs()))
      if (event.type === 'DELETED') shown?.delete(event.entry.name)
      else shown?.set(event.entry.name, now)
      if (now) return before ? 'MODIFIED' : 'ADDED'
      return before ? 'DELETED' : undefined
    },
  }
}
