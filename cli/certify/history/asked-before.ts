import type { AccessRequest } from '../../../domain/api/access-request.ts'
import { KubectlError } from '../../kubectl/kubectl-error.ts'
import { whoAmI } from '../../kubectl/self-subject.ts'
import { block } from '../../terminal/block.ts'
import { cut, oneLine } from '../../terminal/untrusted.ts'
import type { IO } from '../../terminal/io.ts'
import { countsByPhase, pastLine } from '../../../domain/explain/past-lines.ts'
import { isDecidedBy } from '../../../domain/explain/past-request.ts'
import { readHistory, type HistoryResult } from './read-history.ts'

const WEEK_MS = 7 * 24 * 3600 * 1000
const MAX = 200
/** Pages of 200 requests. A person waits for the answer. */
const MAX_PAGES = 10
const SHOWN = 3
const MAX_LENGTH = 200

function ownLine({ items }: HistoryResult, me: string, nowMs: number): string {
  const mine = items.map(({ request }) => request).filter((request) => isDecidedBy(request, me))
  return mine.length === 0 ? 'you decided none of them' : `you took part in ${mine.length}: ${countsByPhase(mine, nowMs)}`
}

function linesOf(history: HistoryResult, me: string | undefined, nowMs: number): readonly string[] {
  const { items, left, isPartial } = history
  const unread = isPartial ? ['not all were read; see: kubectl certify history --requester=NAME'] : []
  if (items.length === 0) return isPartial ? unread : ['nothing in the last 7 days that you can see']
  return [
    `${items.length}${left > 0 || isPartial ? ' or more' : ''} in the last 7 days: ${countsByPhase(
      items.map(({ request }) => request),
      nowMs,
    )}`,
    ...items.slice(0, SHOWN).map((past) => cut(pastLine(past, nowMs), MAX_LENGTH)),
    ...(me === undefined ? [] : [ownLine(history, me, nowMs)]),
    ...unread,
  ]
}

/** What the requester asked in the last days, what became of it, and what the caller decided of it. A part that cannot be read says so. */
export async function askedBefore(io: IO, { metadata, spec }: AccessRequest): Promise<readonly string[]> {
  const requester = spec.requester?.username
  if (requester === undefined) return []
  const nowMs = io.clock.nowMs()
  try {
    const history = await readHistory(io, { requester, sinceMs: nowMs - WEEK_MS, max: MAX, maxPages: MAX_PAGES })
    const others = { ...history, items: history.items.filter(({ request }) => request.metadata.name !== metadata.name) }
    const me = await whoAmI(io.kubectl).catch((error: unknown) => {
      if (error instanceof KubectlError) return undefined
      throw error
    })
    return block('Asked before:', linesOf(others, me, nowMs))
  } catch (error) {
    if (!(error instanceof KubectlError)) throw error
    return block('Asked before:', [`could not be read: ${oneLine(error.message)}`])
  }
}
