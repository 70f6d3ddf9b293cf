import type { AccessImpactStatus } from '../../../domain/api/virtual/access-impact.ts'
import { html, type Html } from '../../../server/html/html.ts'
import { section } from '../../html/fragments.ts'

/** What the request would touch, as the cluster is now. Nothing when it changes nothing that exists, or the user may not know. */
export const impact = (status: AccessImpactStatus | undefined): Html | undefined =>
  section('What it touches now', [
    ...(status?.places ?? []).map(
      ({ place, lines }) =>
        html`<b>${place}</b>
          <ul>
            ${lines.map((line) => html`<li>${line}</li>`)}
          </ul>`,
    ),
    ...(status?.more === undefined ? [] : [`and ${status.more} more, which ${status.more === 1 ? 'is' : 'are'} not examined`]),
  ])
