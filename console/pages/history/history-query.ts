import type { RequestPhase } from '../../../domain/api/access-request.ts'

/** Phases of a request that was decided or ended. */
export const OUTCOMES = ['Approved', 'Denied', 'Expired', 'Withdrawn', 'Failed'] as const satisfies readonly RequestPhase[]

/** Times that the form offers, in hours. The server keeps what ended for seven days. */
export const HOURS = [1, 8, 24, 72, 168] as const
const MAX_HOURS = 168

/** What the page of the history shows. Empty fields and undefined do not restrict it. */
export type HistoryPageQuery = {
  readonly requester: string
  readonly policy: string
  readonly outcome: (typeof OUTCOMES)[number] | undefined
  /** Only requests that the user decided. */
  readonly isMine: boolean
  /** Only requests that ended in these hours. */
  readonly hours: number
  /** From 1. */
  readonly page: number
}

const EVERYTHING: HistoryPageQuery = { requester: '', policy: '', outcome: undefined, isMine: false, hours: MAX_HOURS, page: 1 }

/** Reads the fields of the form. What it does not offer is ignored. */
export function historyQuery(read: (name: string) => string): HistoryPageQuery {
  const [hours, page] = [Number(read('hours')), Number(read('page'))]
  return {
    requester: read('requester'),
    policy: read('policy'),
    outcome: OUTCOMES.find((each) => each === read('outcome')),
    isMine: read('mine') === 'yes',
    hours: HOURS.find((each) => each === hours) ?? MAX_HOURS,
    page: Number.isInteger(page) && page >= 1 && page <= 1000 ? page : 1,
  }
}

/** The path of the page, or of its download, with a query. */
export function historyPath(query: Partial<HistoryPageQuery>, format?: 'csv' | 'json'): string {
  const { requester, policy, outcome, isMine, hours, page } = { ...EVERYTHING, ...query }
  const fields: readonly (readonly [string, string | undefined])[] = [
    ['requester', requester],
    ['policy', policy],
    ['outcome', outcome],
    ['mine', isMine ? 'yes' : ''],
    ['hours', hours === MAX_HOURS ? '' : String(hours)],
    ['page', page === 1 || format !== undefined ? '' : String(page)],
    ['format', format],
  ]
  const given = new URLSearchParams(
    Object.fromEntries(fields.flatMap(([name, value = '']) => (value === '' ? [] : [[name, value] as const]))),
  ).toString()
  const path = format === undefined ? '/history' : '/history/download'
  return given === '' ? path : `${path}?${given}`
}
