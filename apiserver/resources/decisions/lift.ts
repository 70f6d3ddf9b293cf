import { timestamp } from '../../../domain/api/object-meta.ts'
import { isInForce, type AccessSuspension } from '../../../domain/api/access-suspension.ts'
import { conditionOf, trueSince, type Condition } from '../../../domain/api/conditions.ts'
import { invalid, type StatusCause } from '../../../domain/status-error.ts'
import type { RequestContext } from '../../machinery/kind.ts'
import { stampRequester } from '../requests/requester.ts'

type Lifting = { readonly next: AccessSuspension; readonly old: AccessSuspension; readonly context: RequestContext }

const required = (message: string): StatusCause => ({
  reason: 'FieldValueRequired',
  field: 'status.conditions',
  message: `Required value: ${message}`,
})

/** The condition that the client adds. @throws StatusError Invalid without it, or without a message */
export function liftIn({ next, old }: Pick<Lifting, 'next' | 'old'>): Condition & { readonly message: string } {
  const given = conditionOf(next.status?.conditions, 'Lifted')
  const { name } = old.metadata
  if (given?.status !== 'True') throw invalid('AccessSuspension', name, [required('add the condition Lifted with status True and a message')])
  const { message = '' } = given
  if (message.trim() === '') throw invalid('AccessSuspension', name, [required('the condition Lifted needs a message: why')])
  return { ...given, message }
}

/**
 * Ends a suspension. The caller's permission to `update` the subresource has been checked already, and that no policy governs the caller. A suspension
 * that is lifted stays as it is.
 */
export function lift({ next, old, context }: Lifting): AccessSuspension {
  const { reason = 'Lifted', message } = liftIn({ next, old })
  if (!isInForce(old)) return old
  const condition = trueSince(timestamp(context.nowMs), { type: 'Lifted', reason, message })
  return {
    ...old,
    status: {
      ...old.status,
      conditions: [...(old.status?.conditions ?? []).filter(({ type }) => type !== 'Lifted'), condition],
      liftedBy: stampRequester(context.user),
    },
  }
}
