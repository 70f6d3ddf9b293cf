import { createHmac } from 'node:crypto'

/** Header of the signature. */
export const SIGNATURE_HEADER = 'jit-signature'

/**
 * The value of the signature header: `t=SECONDS,v1=HEX`. HEX is HMAC-SHA256 of `SECONDS.BODY`. A receiver computes it again, compares in constant time,
 * and refuses an old time: docs/how-to/notify-approvers.md has an example.
 */
export function signatureOf(key: string, body: string, nowMs: number): string {
  const seconds = Math.floor(nowMs / 1000)
  return `t=${seconds},v1=${createHmac('sha256', key).update(`${seconds}.${body}`).digest('hex')}`
}
