import { SignJWT } from 'jose'
import type { Clock } from '../../domain/clock.ts'
import type { SigningKey } from '../keys/signing-keys.ts'
import type { Named } from './named.ts'

export type Order = {
  readonly client: string
  readonly audience: string
  readonly subject: Named
  /** The agent that acts for the subject. */
  readonly actor?: Named | undefined
  readonly seconds: number
  readonly jti: string
}

/**
 * A JWT access token (RFC 9068). An agent that acts for a human gets the human as `sub` and itself in `act` (RFC 8693), with its own groups: what the human may
 * do is not handed over.
 */
export async function issue(
  { client, audience, subject, actor, seconds, jti }: Order,
  { issuer, key, clock }: { readonly issuer: string; readonly key: SigningKey; readonly clock: Clock },
): Promise<string> {
  const now = Math.floor(clock.nowMs() / 1000)
  return await new SignJWT({
    client_id: client,
    // Who acts, with and without a human: the gateway reads one claim of an issuer, and two agents of one human must not share a name and a session.
    agent: (actor ?? subject).name,
    groups: [...(actor ?? subject).groups],
    ...(actor === undefined ? {} : { act: { sub: actor.name } }),
  })
    .setProtectedHeader({ alg: key.alg, kid: key.kid, typ: 'at+jwt' })
    .setIssuer(issuer)
    .setSubject(subject.name)
    .setAudience(audience)
    .setIssuedAt(now)
    .setExpirationTime(now + seconds)
    .setJti(jti)
    .sign(key.key)
}
