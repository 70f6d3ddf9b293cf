import type { Recorder } from '../../../domain/record/recorder.ts'
import type { RecordEvent } from '../../../domain/record/events.ts'
import type { SessionsDependencies } from '../../../apiserver/resources/sessions/serve-sessions.ts'
import type { NamedSource } from '../../../apiserver/sessions/gateways.ts'
import { createSessions } from '../../../apiserver/sessions/sessions.ts'
import { createFolderSource } from '../../../server/records/sessions/folder-source.ts'

/** Sessions of folders that stand for gateways, and of the sources of a test. `watched`: what was recorded about readers. */
export function sessionsOf(dirs: readonly string[], more: readonly NamedSource[] = []): SessionsDependencies & { readonly recorded: RecordEvent[] } {
  const sources = [...dirs.map((dir, index): NamedSource => ({ name: `g${index}`, source: createFolderSource({ dir }) })), ...more]
  const recorded: RecordEvent[] = []
  const record = (event: RecordEvent): Promise<void> => {
    recorded.push(event)
    return Promise.resolve()
  }
  const recorder: Recorder = { record, note: record }
  return { sessions: createSessions({ sources: () => Promise.resolve(sources), close: () => Promise.resolve() }), recorder, recorded }
}
