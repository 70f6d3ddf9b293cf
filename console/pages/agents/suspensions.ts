import { formatSuspended, type AccessSuspension } from '../../../domain/api/access-suspension.ts'
import { conditionOf } from '../../../domain/api/conditions.ts'
import { reasonField } from '../../html/form-fields.ts'
import { html, type Html } from '../../../server/html/html.ts'
import { csrfField } from '../../html/layout.ts'
import { ago, terms } from '../../html/fragments.ts'
import type { Session } from '../../session/session.ts'

type Shown = { readonly session: Session; readonly nowMs: number; /** Path of the page to return to. */ readonly at: string }

export const backField = (at: string): Html => html`<input type="hidden" name="back" value="${at}" />`

/** A suspension in force, with the form that lifts it. The server decides whether the user may. */
export const suspensionCard = ({ metadata, spec }: AccessSuspension, { session, nowMs, at }: Shown): Html =>
  html`<li class="card">
    <p class="ask"><span class="phase bad">Suspended</span> ${formatSuspended(spec)}</p>
    ${terms([
      ['Reason', spec.reason],
      ['By', spec.suspendedBy?.username ?? '?'],
      ['Since', ago(metadata.creationTimestamp, nowMs)],
      ['Name', metadata.name],
    ])}
    <form method="post" action="/suspensions/${encodeURIComponent(metadata.name)}/lift" class="row">
      ${csrfField(session)} ${backField(at)} ${reasonField(`lift-${metadata.name}`, 'Reason, which is recorded')}
      <button type="submit" class="approve" aria-label="Resume what ${metadata.name} stops">Resume</button>
    </form>
  </li>`

/** A suspension that was lifted, in one line. */
export const liftedLine = ({ metadata, spec, status }: AccessSuspension, nowMs: number): Html => {
  const lifted = conditionOf(status?.conditions, 'Lifted')
  return html`${formatSuspended(spec)}, stopped ${ago(metadata.creationTimestamp, nowMs)} by ${spec.suspendedBy?.username ?? '?'}: ${spec.reason}.
  Lifted ${ago(lifted?.lastTransitionTime, nowMs)} by ${status?.liftedBy?.username ?? '?'}: ${lifted?.message ?? '?'}`
}
