import type { KubeObject, Subresource } from '../../machinery/kind.ts'
import type { JsonObject } from '../../storage/port.ts'

/** The status with the notifications as they are stored: other writes do not change them. */
export function keepingNotifications(next: JsonObject, { status }: KubeObject): JsonObject {
  const { notifications: _, ...given } = next
  const stored = status?.['notifications']
  return stored === undefined ? given : { ...given, notifications: stored }
}

/**
 * The subresource `notifications`: replaces `status.notifications` and nothing else. Only RBAC limits who may write it, and only the controller has
 * the permission. No decision reads it: a client that writes it can at most suppress or repeat a message.
 */
export const notificationsSubresource: Subresource = {
  name: 'notifications',
  verbs: ['get', 'update'],
  apply: (next, old) => Promise.resolve({ object: { ...old, status: { ...old.status, notifications: next.status?.['notifications'] ?? [] } } }),
}
