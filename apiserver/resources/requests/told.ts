import type { Subresource } from '../../machinery/kind.ts'
import { asObject, asRequest } from '../typed.ts'

/**
 * `accessrequests/notifications`: replaces `status.notifications` and nothing else. Only RBAC limits who may write it, and only the controller has
 * the permission. No decision reads it: a client that writes it can at most suppress or repeat a message.
 */
export const notificationsSubresource: Subresource = {
  name: 'notifications',
  verbs: ['get', 'update'],
  apply: (next, old) => {
    const notifications = asRequest(next).status?.notifications ?? []
    const request = asRequest(old)
    return Promise.resolve({ object: asObject({ ...request, status: { ...request.status, notifications } }) })
  },
}
