import { approverKeySpecSchema, approverKeyStatusSchema, keyPhase } from '../../../domain/api/passkeys/approver-key.ts'
import { GROUP, VERSION } from '../../../domain/api/names.ts'
import { accountOf } from '../../../domain/identity.ts'
import type { Authorizer } from '../../../kube/subject-access-review.ts'
import type { Column, Kind, Visibility } from '../../machinery/kind.ts'
import { SEES_ALL } from '../../machinery/read/visibility.ts'
import { createTurns } from '../../machinery/turns.ts'
import { ageColumn, nameColumn } from '../columns.ts'
import { asApproverKey } from '../typed.ts'
import { seesOwnAlone, type VisibilityDependencies } from '../visibility.ts'
import { checkEnder, confirm, CONFIRM, revokeKey } from './key-decisions.ts'
import { newKey, replacedKeys } from './key-limits.ts'
import { keyEvent } from './record-events.ts'
import { register } from './registration.ts'
import type { RelyingParty } from './relying-party.ts'
import { isOwner, KEYS } from './stored-keys.ts'

type Dependencies = VisibilityDependencies & { readonly authorizer: Authorizer; readonly passkeys?: RelyingParty }

/** Creations of one user that may wait for its earlier ones. */
const MAX_WAITING = 4

/** Owners see their own keys. Who may confirm keys, or has the virtual verb `view`, sees all. Governed users can never confirm any. */
const visibilityOf =
  (deps: Dependencies): NonNullable<Kind['visibilityOf']> =>
  async (user): Promise<Visibility> => {
    const { rights } = deps
    if (user.groups.includes('system:masters')) return SEES_ALL
    const of = { group: GROUP, version: VERSION } as const
    if (await rights.allowed(user, { ...of, verb: 'view', resource: KEYS })) return SEES_ALL
    const own: Visibility = { extent: 'own', sees: (object) => isOwner(asApproverKey(object), user) }
    if (await seesOwnAlone(deps, user)) return own
    return (await rights.allowed(user, { ...of, ...CONFIRM })) ? SEES_ALL : own
  }

type Of = Pick<Column, 'description' | 'value'> & { readonly wide?: true }
const column = (name: string, { description, value, wide }: Of): Column => ({
  name,
  type: 'string',
  priority: wide === true ? 1 : 0,
  description,
  value,
})

/** A WebAuthn credential of one approver, for approvals that need more than a session: docs/decisions/0039. */
export function approverKeys(deps: Dependencies): Kind {
  const turns = createTurns(MAX_WAITING)
  return {
    resource: KEYS,
    singular: 'approverkey',
    kind: 'ApproverKey',
    shortNames: ['akey'],
    description: 'A passkey of one approver. It counts after another person with the right to confirm keys has confirmed it.',
    spec: approverKeySpecSchema,
    status: approverKeyStatusSchema,
    verbs: ['create', 'get', 'list', 'watch', 'delete'],
    fields: { 'spec.user.username': (object) => asApproverKey(object).spec.user?.username ?? '' },
    columns: [
      nameColumn,
      column('User', { description: 'User that owns the key.', value: (object) => asApproverKey(object).spec.user?.username ?? '' }),
      column('Phase', { description: 'Unregistered, Unconfirmed, Confirmed or Revoked.', value: (object) => keyPhase(asApproverKey(object)) }),
      column('Fingerprint', { description: 'Fingerprint of its public key.', value: (object) => asApproverKey(object).status?.fingerprint ?? '' }),
      column('Label', { description: 'What its owner calls it.', value: (object) => asApproverKey(object).spec.label ?? '', wide: true }),
      column('Last used', {
        description: 'Time of the last approval with it.',
        value: (object) => asApproverKey(object).status?.lastUsed ?? 'never',
        wide: true,
      }),
      ageColumn,
    ],
    strategy: {
      create: (object, context) => Promise.resolve().then(() => newKey(object, context, deps.passkeys)),
      inTurn: ({ user }, work) => turns.take(accountOf(user.username.toLowerCase()), work),
      alongside: async (object, context) => ({ object, also: await replacedKeys(deps.store, context, object.metadata.name) }),
      update: (_, old) => Promise.resolve(old),
      remove: (old, context) => checkEnder(asApproverKey(old), context, deps.authorizer),
      removed: (old, context) => [keyEvent(asApproverKey(old), { decision: 'Deleted' }, context)],
      validate: () => [],
      present: (object) => ({ ...object, status: { ...object.status, phase: keyPhase(asApproverKey(object)) } }),
    },
    visibilityOf: visibilityOf(deps),
    subresources: [
      {
        name: 'registration',
        verbs: ['get', 'update'],
        apply: (next, old, context) => register({ next: asApproverKey(next), old: asApproverKey(old), context }, deps),
      },
      {
        // No patch: a PUT names the version of the object that was looked at.
        name: 'confirmation',
        verbs: ['get', 'update'],
        apply: (next, old, context) => Promise.resolve().then(() => confirm({ next: asApproverKey(next), old: asApproverKey(old), context })),
      },
      {
        name: 'revocation',
        verbs: ['get', 'update', 'patch'],
        checkOnce: (old, context) => checkEnder(asApproverKey(old), context, deps.authorizer),
        apply: (next, old, context) => Promise.resolve().then(() => revokeKey({ next: asApproverKey(next), old: asApproverKey(old), context })),
      },
    ],
  }
}
