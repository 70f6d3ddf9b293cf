import type { Happened } from '../messages/message.ts'
import type { NotifiedObject } from './delivery-memory.ts'

/** An object that channels are notified about, with its kind, which items of a list do not name. */
export type NoticeSubject = { readonly kind: Happened['kind']; readonly object: NotifiedObject }

const RESOURCES = { AccessRequest: 'accessrequests', AccessSuspension: 'accesssuspensions', AccessPolicy: 'accesspolicies' } as const

export const resourceOf = ({ kind }: Pick<NoticeSubject, 'kind'>): string => RESOURCES[kind]
