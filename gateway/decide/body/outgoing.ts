import { StatusError } from '../../../domain/status-error.ts'
import { bindToPlan } from '../../plan/bind-to-plan.ts'
import type { ClassifiedRequest, Permitted } from '../../steps.ts'
import type { Authorization } from '../authorize.ts'
import { boundBody, prepareBody, type PrepareDependencies, type Prepared } from './prepare-body.ts'

type Outgoing = Pick<Permitted, 'outgoing' | 'headers' | 'trial' | 'only'>

/**
 * Prepares the body again after a wait. The restored Secret values must be the same as in the diff that the approver saw, so that exactly the
 * approved body is sent. @throws StatusError Conflict when they have changed
 */
async function prepareAgain(
  shown: Prepared,
  asked: ClassifiedRequest,
  by: { readonly authorization: Authorization; readonly deps: PrepareDependencies },
): Promise<Prepared> {
  const prepared = await prepareBody(asked, by.authorization.decided.policies, by.deps)
  if (prepared.body.equals(shown.body)) return prepared
  throw new StatusError(
    'Conflict',
    'a masked value that the request puts back has changed while it waited for its approval. Nothing was written. Read the object again and repeat',
  )
}

/**
 * Returns what to send upstream, bound to the object version that values were restored from and to the object of an approved plan. `shown` is the
 * body that was prepared before the wait.
 * @throws StatusError as prepareBody and bindToPlan, Conflict when a restored value has changed during the wait
 */
export async function outgoingOf(
  shown: Prepared,
  asked: ClassifiedRequest,
  by: { readonly authorization: Authorization; readonly deps: PrepareDependencies },
): Promise<Outgoing> {
  const { waited, approved } = by.authorization
  const prepared = waited ? await prepareAgain(shown, asked, by) : shown
  const body = await boundBody(prepared, asked)
  const bound = approved === undefined ? { outgoing: body } : await bindToPlan(approved.plan, approved.planned, body)
  return { headers: asked.headers, ...bound, ...(prepared.trial === undefined ? {} : { trial: prepared.trial }) }
}
