import type { Adapter } from 'oidc-provider'
import type { Clock } from '../../domain/clock.ts'
import { recordIssued } from '../records/issued.ts'
import type { LoginRecords } from '../records/login-records.ts'
import type { SealKeys } from '../state/seal-keys.ts'
import type { SharedState } from '../state/shared-state.ts'
import { cookieAdapter } from './cookie-adapter.ts'
import type { Polls } from './device/polls.ts'
import { withProtocolErrors } from './protocol-errors.ts'
import { STORED_MODELS, storedAdapter, type StoredModel } from './stored-adapter.ts'

const isStored = (model: string): model is StoredModel => (STORED_MODELS as readonly string[]).includes(model)

/** Keeps nothing: what is written is lost on purpose, and nothing is found. */
const nothing = (): Promise<undefined> => Promise.resolve(undefined)
const keepsNothing = (): Adapter => {
  return { upsert: nothing, find: nothing, findByUserCode: nothing, findByUid: nothing, consume: nothing, destroy: nothing, revokeByGrantId: nothing }
}

/** An adapter whose failures reach programs as what they are. */
const translated = ({ upsert, find, findByUserCode, findByUid, consume, destroy, revokeByGrantId }: Adapter): Adapter => ({
  upsert: withProtocolErrors(upsert),
  find: withProtocolErrors(find),
  findByUserCode: withProtocolErrors(findByUserCode),
  findByUid,
  consume: withProtocolErrors(consume),
  destroy: withProtocolErrors(destroy),
  revokeByGrantId,
})

/** Refuses to write, so that a feature that is switched on later cannot store without a bound. */
const refuses = (model: string): Adapter => ({
  ...keepsNothing(),
  upsert: () => Promise.reject(new Error(`${model} is not kept`)),
})

/** Storage of each model of oidc-provider. */
export function createAdapter(deps: {
  readonly state: SharedState
  readonly keys: () => SealKeys
  readonly polls: Polls
  readonly clock: Clock
  readonly records: LoginRecords
  /** Lifetime of the tokens of a client. */
  readonly secondsOf: (client: string) => number
}): (model: string) => Adapter {
  return (model) => {
    if (model === 'Session' || model === 'Interaction') return cookieAdapter(model, deps)
    if (isStored(model)) return translated(storedAdapter(model, deps))
    // Opaque access tokens open nothing: there is no userinfo and no introspection. Tokens for the gateway are JWTs of login/exchange.
    return model === 'AccessToken' ? { ...keepsNothing(), upsert: withProtocolErrors(recordIssued(deps.records, deps.secondsOf)) } : refuses(model)
  }
}
