import type { AccessRequest } from '../../../domain/api/access-request.ts'
import type { Operation } from '../../../domain/api/rules.ts'
import { formatCutPlan, formatMasks } from '../../../domain/format/hidden.ts'
import { html, type Html } from '../../../server/html/html.ts'
import { section } from '../../html/fragments.ts'
import { difference, type DiffView } from './diff.ts'

/** Explains why there is no difference to show. */
function withoutDiff({ dryRun, dryRunMessage, planReaders, targets, body }: Operation): string {
  if (planReaders === 'Approvers' && targets === undefined && body === undefined)
    return 'It is shown to approvers only, because the requester may not read the object.'
  if (dryRun === 'Unchanged') return 'Nothing: a server-side dry run changed nothing.'
  if (dryRun === 'Changed') return 'Only values that are hidden from you, if anything.'
  return `It is not known: ${dryRunMessage ?? 'no dry run of it is possible'}`
}

/** A scrollable region can be reached by keyboard. */
const pre = (label: string, content: Html): Html => html`<pre tabindex="0" role="region" aria-label="${label}">${content}</pre>`

type Shown = { readonly view: DiffView; readonly path: string }

function changes(operation: Operation, shown: Shown): Html {
  const { diff } = operation
  return html`<section>
    <h2>What it changes <small>(server-side dry run, secrets masked)</small></h2>
    ${diff === undefined ? html`<p>${withoutDiff(operation)}</p>` : difference(diff, shown)}
  </section>`
}

/** What the held operation does, as far as it is known. Nothing for a request without an operation. */
export function plan({ spec: { operation } }: AccessRequest, shown: Shown): Html | undefined {
  if (operation === undefined) return undefined
  const { body } = operation
  return html`${changes(operation, shown)}
  ${
    body === undefined
      ? undefined
      : html`<section>
          <h2>What it sends <small>(secrets masked)</small></h2>
          ${pre('Body', html`${body}`)}
        </section>`
  }
  ${section('Parts of this are hidden from you', formatMasks(operation), 'warning')}
  ${section('This is too long to be shown completely. You do not see', formatCutPlan(operation), 'warning')}`
}
