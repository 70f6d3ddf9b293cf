import { timestamp } from '../../../domain/api/object-meta.ts'
import { keyPhase, REGISTER_WITHIN_SECONDS, type ApproverKey } from '../../../domain/api/passkeys/approver-key.ts'
import type { StatusCause } from '../../../domain/status-error.ts'
import type { RequestContext, KubeObject } from '../../machinery/kind.ts'
import { checkPlainText } from '../../machinery/write/plain-text.ts'
import type { Store, Write } from '../../storage/port.ts'
import { stampRequester } from '../requests/requester.ts'
import { asApproverKey, asObject } from '../typed.ts'
import { forbidden } from './key-refusals.ts'
import type { RelyingParty } from './relying-party.ts'
import { allKeys, KEYS, keysOf, type StoredKey } from './stored-keys.ts'

/** Keys of one user, revoked ones included. */
const MAX_KEYS = 10
/** Keys of one user that wait for confirmation: what an admin has to look at is bounded. */
const MAX_UNCONFIRMED = 2

const KIND = { kind: 'ApproverKey' } as const

/** A new key of the caller. Finalizers and owners would keep or delete it against the wish of its owner. @throws StatusError Forbidden, Invalid */
export function newKey(object: KubeObject, { user, nowMs }: RequestContext, passkeys: RelyingParty | undefined): KubeObject {
  const draft = asApproverKey(object)
  if (passkeys === undefined)
    throw forbidden(draft.metadata.name, 'this installation has no passkeys: an admin sets passkeys in the configuration of the apiserver')
  const { finalizers: _, ...owned } = draft.metadata
  const { ownerReferences: __, ...metadata } = owned
  const made: ApproverKey = {
    ...draft,
    metadata,
    spec: { ...draft.spec, user: stampRequester(user) },
    status: { expiresAt: timestamp(nowMs + REGISTER_WITHIN_SECONDS * 1000), rpID: passkeys.rpID },
  }
  checkPlainText(KIND, asObject(made))
  return asObject(made)
}

const tooMany = (message: string): StatusCause => ({ reason: 'TooManyKeys', message })

function checkNumber(name: string, own: readonly StoredKey[]): void {
  const waiting = own.filter(({ key }) => keyPhase(key) === 'Unconfirmed').length
  if (waiting >= MAX_UNCONFIRMED) {
    const message = `${waiting} keys of yours wait for confirmation, the most that are possible; remove one, or let an admin confirm them`
    throw forbidden(name, message, [tooMany(`${waiting} unconfirmed`)])
  }
  if (own.length >= MAX_KEYS)
    throw forbidden(name, `you have ${own.length} keys, the most that are possible; remove one`, [tooMany(`${own.length} keys`)])
}

/** The writes together with a new key: those keys of its owner go that were never registered. @throws StatusError Forbidden for too many keys */
export async function replacedKeys(store: Store, { user }: RequestContext, name: string): Promise<readonly Write[]> {
  const own = keysOf(await allKeys(store), user)
  const [left, kept] = [own.filter(isLeft), own.filter((stored) => !isLeft(stored))]
  checkNumber(name, kept)
  return left.filter(({ key }) => key.metadata.name !== name).map(removal)
}

const isLeft = ({ key }: StoredKey): boolean => keyPhase(key) === 'Unregistered'
const removal = ({ key, version }: StoredKey): Write => ({ resource: KEYS, name: key.metadata.name, expected: version, value: null })

/** When nobody needs a key any more that does not count: when it was not registered in time, or not confirmed for as long as decided requests are kept. */
function overMs({ status }: ApproverKey, phase: ReturnType<typeof keyPhase>, keptMs: number): number {
  if (phase === 'Unregistered') return Date.parse(status?.expiresAt ?? '')
  return phase === 'Unconfirmed' ? Date.parse(status?.registeredAt ?? '') + keptMs : Infinity
}

/** The removal of keys that never counted, for the retention: one that waits for long must not be confirmed by mistake. */
export async function forgottenKeys(store: Store, nowMs: number, keptMs: number): Promise<readonly Write[]> {
  const keys = await allKeys(store)
  return keys.filter(({ key }) => !(nowMs < overMs(key, keyPhase(key), keptMs))).map(removal)
}
