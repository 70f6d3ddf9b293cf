import type { StoreEvent } from '../../storage/port.ts'
import type { KubeObject } from '../kind.ts'
import { fromEntry } from '../object.ts'
import { selectsPhase, type Matches } from './selectors.ts'
import type { EventType } from './watch-lines.ts'

/** The objects that a watch has shown to its client, by its selectors. */
export type WatchSelection = {
  /** Type of an event after filtering: an object that starts to match is added, one that no longer matches is deleted. Undefined: not shown. */
  change(event: StoreEvent): Promise<EventType | undefined>
  /** Called for each object that the watch begins with. */
  added(object: KubeObject): void
}

/**
 * A phase changes by time too, and no event says so: the store writes the end of a request or grant later. So what a watch of a phase has shown is remembered by
 * name. Other fields change by events alone, and the object before the event says what was shown.
 * @param startMs the time of the list that the watch goes on from
 */
export function createWatchSelection(
  matches: Matches,
  { query, startMs, nowMs }: { readonly query: { readonly fieldSelector: string }; readonly startMs: number; readonly nowMs: () => number },
): WatchSelection {
  const shown = selectsPhase(query.fieldSelector) ? new Map<string, boolean>() : undefined
  const wasShown = async ({ entry, previous }: StoreEvent): Promise<boolean> => {
    const remembered = shown?.get(entry.name)
    if (remembered !== undefined) return remembered
    return previous !== undefined && (await matches(fromEntry({ ...entry, value: previous }), startMs))
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
