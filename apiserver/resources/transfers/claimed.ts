import type { AccessGrant } from '../../../domain/api/access-grant.ts'
import type { ObjectChange } from '../../machinery/kind.ts'
import type { JsonObject, Store } from '../../storage/port.ts'
import { claim } from '../decisions/claim.ts'
import { asObject } from '../typed.ts'
import { ancestorsOf, ancestorWrite } from './lineage.ts'

/**
 * Takes one use of a grant, and of every grant that it is a part of, in one commit. A repeated claim takes none of any.
 * @throws StatusError Conflict when one of them is not active, with its phase as the cause
 */
export async function claimed(
  grant: AccessGrant,
  asked: JsonObject,
  { nowMs, store }: { readonly nowMs: number; readonly store: Store },
): Promise<ObjectChange> {
  const taken = claim(grant, asked, nowMs)
  if (taken === grant) return { object: asObject(grant) }
  const ancestors = await ancestorsOf(grant, store)
  return { object: asObject(taken), also: ancestors.flatMap((each) => ancestorWrite(each, claim(each.grant, asked, nowMs))) }
}
