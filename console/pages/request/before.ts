import { countsByPhase, pastLine } from '../../../domain/explain/past-lines.ts'
import { isDecidedBy } from '../../../domain/explain/past-request.ts'
import { cut } from '../../../domain/format/cut.ts'
import { SHOWN, type AskedBefore } from '../../cluster/asked-before.ts'
import { html, type Html } from '../../../server/html/html.ts'
import { section } from '../../html/fragments.ts'
import { requestPath } from '../../http/known-path.ts'

const MAX_LENGTH = 300

/** What the requester asked before, what became of it, and what the user decided of it. */
export function before(
  { items, isPartial }: AskedBefore,
  { username, nowMs }: { readonly username: string; readonly nowMs: number },
): Html | undefined {
  if (items.length === 0) return section('Asked before', [isPartial ? 'Not all requests were read.' : 'Nothing in the last 7 days that you can see.'])
  const requests = items.map(({ request }) => request)
  const mine = requests.filter((request) => isDecidedBy(request, username))
  return section('Asked before, in the last 7 days', [
    `${items.length}${isPartial ? ' or more' : ''}: ${countsByPhase(requests, nowMs)}; you decided ${mine.length === 0 ? 'none of them' : mine.length}`,
    ...items.slice(0, SHOWN).map((past) => html`<a href="${requestPath(past.request.metadata.name)}">${cut(pastLine(past, nowMs), MAX_LENGTH)}</a>`),
  ])
}
