import type { Express } from 'express'
import { StatusError } from '../../../domain/status-error.ts'
import { createFairLimit } from '../../../server/fair-limit.ts'
import { readHistory, type History } from '../../cluster/history/history.ts'
import { toCsv, toJson } from '../../pages/history/download.ts'
import { historyPage, MAX_ROWS, ROWS } from '../../pages/history/history.ts'
import { historyQuery, type HistoryPageQuery } from '../../pages/history/history-query.ts'
import { param } from '../query.ts'
import { sendPage } from '../send-page.ts'
import { signInFirst, type createSignedIn, type SignedInRequest } from '../signed-in.ts'

/** Each reads thousands of requests. */
const AT_ONCE = 2
const HOUR_MS = 3600_000

const read = ({ client, session, nowMs }: SignedInRequest, query: HistoryPageQuery, most: number): Promise<History> =>
  readHistory(client, { ...query, decidedBy: query.isMine ? session.username : undefined, sinceMs: nowMs - query.hours * HOUR_MS, nowMs, most })

/** What was decided, as a page and as a file. */
export function serveHistory(app: Express, signedIn: ReturnType<typeof createSignedIn>): void {
  const limit = createFairLimit(AT_ONCE)
  app.get(
    '/history',
    signedIn(async (call) => {
      const { request, response, session, nowMs } = call
      const query = historyQuery((name) => param(request, name))
      const history = await limit.take(session.username, () => read(call, query, Math.min(MAX_ROWS, query.page * ROWS)))
      sendPage(response, { title: 'History', session, body: historyPage(history, { query, nowMs }) })
    }, signInFirst),
  )
  app.get(
    '/history/download',
    signedIn(async (call) => {
      const { request, response, session } = call
      const format = param(request, 'format')
      if (format !== 'csv' && format !== 'json') throw new StatusError('BadRequest', 'The format is csv or json.')
      const { rows, left, isPartial } = await limit.take(session.username, () =>
        read(
          call,
          historyQuery((name) => param(request, name)),
          MAX_ROWS,
        ),
      )
      const isAll = left === 0 && !isPartial
      response.set('content-disposition', `attachment; filename="history.${format}"`)
      response.type(format === 'csv' ? 'text/csv' : 'json').send(format === 'csv' ? toCsv(rows) : toJson(rows, isAll))
    }, signInFirst),
  )
}
