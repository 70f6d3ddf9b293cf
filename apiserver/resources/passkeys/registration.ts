import { timestamp } from '../../../domain/api/object-meta.ts'
import { keyPhase, registrationSchema, type ApproverKey, type Registration } from '../../../domain/api/passkeys/approver-key.ts'
import { registrationChallenge } from '../../../domain/approval/passkey-challenge.ts'
import { invalid } from '../../../domain/status-error.ts'
import { problems } from '../../../server/schema/problems.ts'
import type { ObjectChange, RequestContext } from '../../machinery/kind.ts'
import type { Store } from '../../storage/port.ts'
import { asObject } from '../typed.ts'
import { claimCredential } from './passkey-credentials.ts'
import { conflicting, forbidden, missing } from './key-refusals.ts'
import { keyEvent } from './record-events.ts'
import { NotVerified, verifyRegistration, type Registered, type RelyingParty } from './relying-party.ts'
import { isOwner } from './stored-keys.ts'

type Registering = { readonly next: ApproverKey; readonly old: ApproverKey; readonly context: RequestContext }
type Dependencies = { readonly store: Store; readonly passkeys?: RelyingParty }

const FIELD = 'status.registration'

/** @throws StatusError Invalid */
function registrationIn({ next, old }: Registering): Registration {
  const { name } = old.metadata
  const given = next.status?.registration
  if (given === undefined) throw missing(name, FIELD, 'the response of the authenticator')
  const causes = problems(registrationSchema, given, FIELD)
  if (causes.length > 0) throw invalid('ApproverKey', name, causes)
  return given
}

/** A key is registered once, by its owner, within minutes: its challenge is used up then. @throws StatusError Forbidden, Conflict */
function checkOpen({ old, context: { user, nowMs } }: Registering): void {
  const { name } = old.metadata
  if (!isOwner(old, user)) throw forbidden(name, 'only its owner may register it')
  if (keyPhase(old) !== 'Unregistered') throw conflicting(name, 'it was registered or revoked before; create another key')
  if (!(nowMs < Date.parse(old.status?.expiresAt ?? ''))) throw conflicting(name, 'it was not registered in time; create another key')
}

async function verify({ old }: Registering, given: Registration, passkeys: RelyingParty): Promise<Registered> {
  const { name, uid = '' } = old.metadata
  try {
    return await verifyRegistration(given, registrationChallenge({ uid, owner: old.spec.user?.username ?? '' }), passkeys)
  } catch (error) {
    if (!(error instanceof NotVerified)) throw error
    throw invalid('ApproverKey', name, [{ reason: 'PasskeyRejected', field: FIELD, message: `Invalid value: ${error.message}` }])
  }
}

/** Stores the public key of an authenticator. It does not count before somebody else confirms it. @throws StatusError */
export async function register(registering: Registering, { store, passkeys }: Dependencies): Promise<ObjectChange> {
  const { old, context } = registering
  const { name } = old.metadata
  if (passkeys === undefined) throw forbidden(name, 'this installation has no passkeys')
  checkOpen(registering)
  const given = registrationIn(registering)
  const registered = await verify(registering, given, passkeys)
  const claim = await claimCredential(store, { ...registered, name }, context.nowMs)
  const { expiresAt: _, ...status } = old.status ?? {}
  const { transports } = given
  const key: ApproverKey = {
    ...old,
    status: {
      ...status,
      ...registered,
      rpID: passkeys.rpID,
      registeredAt: timestamp(context.nowMs),
      ...(transports === undefined ? {} : { transports }),
    },
  }
  return { object: asObject(key), also: [claim, keyEvent(key, { decision: 'Registered' }, context)] }
}
