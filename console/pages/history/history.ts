import { formatDuration } from '../../../domain/format/duration.ts'
import type { History, HistoryRow } from '../../cluster/history/history.ts'
import { selectField, textField } from '../../html/form-fields.ts'
import { html, type Html } from '../../../server/html/html.ts'
import { ago } from '../../html/fragments.ts'
import { agentPath, requestPath } from '../../http/known-path.ts'
import { historyPath, HOURS, OUTCOMES, type HistoryPageQuery } from './history-query.ts'

/** Rows of one page. */
export const ROWS = 100
/** Rows that can be reached page by page, and rows of a download. */
export const MAX_ROWS = 5000

const filterForm = (query: HistoryPageQuery): Html =>
  html`<form method="get" action="/history" class="row">
    ${textField('requester', 'Requester', { value: query.requester })} ${textField('policy', 'Policy', { value: query.policy })}
    ${selectField('outcome', 'Outcome', { options: [['', 'any'], ...OUTCOMES.map((each) => [each, each] as const)], value: query.outcome ?? '' })}
    ${selectField('hours', 'Ended in the last', {
      options: HOURS.map((each) => [String(each), formatDuration(each * 3600)] as const),
      value: String(query.hours),
    })}
    <label><input type="checkbox" name="mine" value="yes" ${query.isMine ? html`checked` : undefined} /> decided by me</label>
    <button type="submit">Show</button>
  </form>`

function line({ name, requester, outcome, ended, decidedBy, access, reason, grantEnd, policy }: HistoryRow, nowMs: number): Html {
  return html`<li class="card">
    <p class="ask">
      <span class="phase ${outcome === 'Denied' || outcome === 'Failed' ? 'bad' : ''}">${outcome}</span> <a href="${requestPath(name)}">${access}</a>
    </p>
    <p class="facts">
      <span>${ago(ended, nowMs)}</span>
      <span>for <a href="${agentPath(requester)}">${requester}</a></span>
      ${decidedBy.length === 0 ? undefined : html`<span>by <b>${decidedBy.join(', ')}</b></span>`}
      <span>policy ${policy}</span>
      ${grantEnd === '' ? undefined : html`<span>its grant ${grantEnd}</span>`}
    </p>
    ${reason === '' ? undefined : html`<p>Reason: <q>${reason}</q></p>`}
  </li>`
}

function pager(query: HistoryPageQuery, pages: number): Html | undefined {
  const { page } = query
  if (pages <= 1) return undefined
  return html`<nav aria-label="Pages of the history" class="row">
    ${page > 1 ? html`<a href="${historyPath({ ...query, page: page - 1 })}" rel="prev">Newer</a>` : undefined}
    <span>Page ${page} of ${pages}</span>
    ${page < pages ? html`<a href="${historyPath({ ...query, page: page + 1 })}" rel="next">Older</a>` : undefined}
  </nav>`
}

/** Requests that were decided or ended, newest first. */
export function historyPage(
  { rows, left, isPartial }: History,
  { query, nowMs }: { readonly query: HistoryPageQuery; readonly nowMs: number },
): Html {
  const pages = Math.max(1, Math.ceil((rows.length + left) / ROWS))
  const reachable = Math.min(pages, MAX_ROWS / ROWS)
  const shown = rows.slice((query.page - 1) * ROWS, query.page * ROWS)
  const links = pager(query, reachable)
  return html`${filterForm(query)}
    <p>
      ${rows.length + left} ${rows.length + left === 1 ? 'request' : 'requests'} that you can see. Download:
      <a href="${historyPath(query, 'csv')}">CSV</a>, <a href="${historyPath(query, 'json')}">JSON</a>
    </p>
    ${shown.length === 0 ? html`<p class="empty">No request of this selection was decided or ended in this time.</p>` : undefined}
    <ol class="cards">
      ${shown.map((row) => line(row, nowMs))}
    </ol>
    ${links}
    ${pages > reachable ? html`<p class="warning">Only the newest ${MAX_ROWS} can be opened. Choose a requester, a policy or a shorter time.</p>` : undefined}
    ${isPartial ? html`<p class="warning">There are more requests than this page reads, so newer ones may be missing. Choose a requester or a policy.</p>` : undefined}`
}
