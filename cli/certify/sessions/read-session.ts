import type { UntoldObject } from '../../../domain/explain/decision-words.ts'
import type { SessionDecision } from '../../../domain/explain/session-decisions.ts'
import { castData, isCutCast } from '../../../domain/record/asciicast.ts'
import type { RecordedEvent } from '../../../domain/record/replay.ts'
import { readSessionName } from '../../../domain/record/sessions/session-name.ts'
import { sessionPath } from '../../kubectl/paths.ts'
import { usage } from '../../terminal/exit-code.ts'
import { oneLine } from '../../terminal/untrusted.ts'
import type { IO } from '../../terminal/io.ts'

/** Events that a replay shows. More are left out, and it is said. */
const MAX_EVENTS = 20_000
/** Terminals that a timeline shows, and the bytes of their recordings after which it shows no further one. */
const MAX_TERMINALS = 20
const MAX_CAST_BYTES = 64 * 1024 * 1024

/** An apiserver of an earlier version sends no decisions. */
type Page = {
  readonly metadata?: { readonly continue?: string }
} & Partial<Omit<ReadSession, 'events'>> & { readonly items?: readonly RecordedEvent[] }
export type ReadSession = {
  readonly events: readonly RecordedEvent[]
  /** From the objects of jit-apiserver. */
  readonly decisions: readonly SessionDecision[]
  readonly untold: readonly UntoldObject[]
  readonly unreadable: number
}

/** @throws CommandError for what is not a name of an AccessSession */
function checkName(name: string): { readonly session: string } {
  const read = readSessionName(name)
  if (read === undefined)
    throw usage(`"${name}" is not the name of a session`, 'list them with: kubectl certify sessions. For a folder of records: --records=DIR')
  return read
}

/** The asciicast of a terminal, or of the only one of the session. @throws CommandError, KubectlError */
export async function readCast(io: IO, name: string, auditID: string | undefined): Promise<string> {
  checkName(name)
  return await io.kubectl.text(['get', '--raw', sessionPath(name, '/recording', auditID === undefined ? {} : { stream: auditID })])
}

const NOTHING: Required<Page> = { metadata: {}, items: [], decisions: [], untold: [], unreadable: 0 }

/** The events of a session and the decisions about it, page by page. @throws CommandError, KubectlError */
export async function readEvents(io: IO, name: string): Promise<ReadSession> {
  checkName(name)
  const events: RecordedEvent[] = []
  const decisions: SessionDecision[] = []
  let untold: readonly UntoldObject[] = []
  let unreadable = 0
  for (let token = ''; ;) {
    const page = { ...NOTHING, ...(await io.kubectl.get<Page>(sessionPath(name, '/events', token === '' ? {} : { continue: token }))) }
    events.push(...page.items)
    decisions.push(...page.decisions)
    untold = page.untold
    unreadable += page.unreadable
    token = page.metadata.continue ?? ''
    const isCut = token !== '' && events.length >= MAX_EVENTS
    if (isCut) io.note(`note: only the first ${events.length} events are shown`)
    if (isCut || token === '') return { events, decisions, untold, unreadable }
  }
}

/** The data of the terminals among the events. @throws KubectlError */
export async function readTerminals(io: IO, name: string, events: readonly RecordedEvent[]): Promise<readonly RecordedEvent[]> {
  const { session } = checkName(name)
  const opened = events.filter((event) => event.event === 'stream.opened').filter(({ stream }) => stream === 'exec' || stream === 'attach')
  const data: RecordedEvent[] = []
  let [shown, bytes] = [0, 0]
  for (const { auditID, time } of opened.slice(0, MAX_TERMINALS)) {
    if (bytes > MAX_CAST_BYTES) break
    const cast = await readCast(io, name, auditID)
    if (isCutCast(cast)) io.note(`note: the recording of ${oneLine(auditID)} is longer than what is shown`)
    bytes += Buffer.byteLength(cast)
    shown += 1
    const beginMs = Date.parse(time)
    for (const frame of castData(cast, { auditID, session })) data.push({ ...frame, time: new Date(beginMs + frame.offsetMs).toISOString() })
  }
  if (shown < opened.length) io.note(`note: ${opened.length - shown} terminals are not shown; one of them: --audit-id=ID`)
  return data
}
