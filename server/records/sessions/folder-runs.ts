import { joinRuns } from '../../../domain/record/sessions/join-runs.ts'
import { IDLE_MS, type Run } from '../../../domain/record/sessions/run.ts'
import type { Indexes } from './indexes.ts'
import type { RunPage, RunQuery } from './source.ts'
import type { StoredFile } from './stored-files.ts'

type Span = { readonly fromMs: number; readonly toMs: number }

const overlaps = ({ startMs, endMs }: { readonly startMs: number; readonly endMs: number }, { fromMs, toMs }: Span): boolean =>
  startMs <= toMs && endMs >= fromMs

/** The runs that overlap the time of a query, joined from all files that hold a part of them. */
async function wholeRuns(
  files: readonly StoredFile[],
  indexes: Indexes,
  { query, signal }: { readonly query: RunQuery; readonly signal: AbortSignal },
): Promise<{ readonly runs: readonly Run[]; readonly incomplete: boolean }> {
  const parts = new Map<string, readonly Run[]>()
  let span: Span = { fromMs: query.sinceMs, toMs: query.untilMs }
  for (;;) {
    const next = files.filter((file) => !parts.has(file.name) && overlaps(file, span)).toReversed()
    // The newest first: what is asked for most, when there is no time for all.
    for (const file of next) {
      const index = signal.aborted ? undefined : await indexes.of(file, signal).catch(passAbort(signal))
      if (signal.aborted) return { runs: within(joinRuns([...parts.values()].flat()), query), incomplete: true }
      parts.set(file.name, index === undefined ? [] : [...index.runs(query.session)].map(({ run }) => run))
    }
    const runs = within(joinRuns([...parts.values()].flat()), query)
    // A run that reaches into an older or a newer file goes on there.
    const wider = runs.reduce((known, { reachMs, lastMs }) => widened(known, reachMs - IDLE_MS, lastMs + IDLE_MS), span)
    if (wider.fromMs === span.fromMs && wider.toMs === span.toMs) return { runs, incomplete: false }
    span = wider
  }
}

const widened = ({ fromMs, toMs }: Span, from: number, to: number): Span => ({ fromMs: Math.min(fromMs, from), toMs: Math.max(toMs, to) })

const within = (runs: readonly Run[], { sinceMs, untilMs }: RunQuery): readonly Run[] =>
  runs.filter(({ startMs, lastMs }) => Math.floor(startMs / 1000) * 1000 <= untilMs && lastMs >= sinceMs)

const passAbort =
  (signal: AbortSignal) =>
  (error: unknown): undefined => {
    if (!signal.aborted) throw error
    return undefined
  }

/** The first runs of a sorted list, without a part of the runs of a session. */
function pageOf(runs: readonly Run[], limit: number): Pick<RunPage, 'runs' | 'more'> {
  if (runs.length <= limit) return { runs }
  const last = runs[limit - 1]?.session
  const end = runs.findIndex(({ session }, index) => index >= limit && session !== last)
  return end === -1 || last === undefined ? { runs } : { runs: runs.slice(0, end), more: last }
}

/** A page of the runs in a folder. An aborted signal ends the reading of files: the page then has what was read. */
export async function folderRuns(
  folder: { readonly name: string; readonly files: readonly StoredFile[]; readonly indexes: Indexes },
  query: RunQuery,
  signal: AbortSignal,
): Promise<RunPage> {
  const { runs, incomplete } = await wholeRuns(folder.files, folder.indexes, { query, signal })
  const wanted = runs.filter(
    ({ session, user }) =>
      (query.after === undefined || session > query.after) && (query.users === undefined || user === '' || query.users.includes(user)),
  )
  return { folder: folder.name, ...pageOf(wanted, query.limit), incomplete }
}
