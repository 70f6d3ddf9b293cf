import { timingSafeEqual } from 'node:crypto'

/** Whether two secrets are equal. The time it takes depends on their lengths only. */
export const equalSecrets = (left: Uint8Array, right: Uint8Array): boolean => left.length === right.length && timingSafeEqual(left, right)
