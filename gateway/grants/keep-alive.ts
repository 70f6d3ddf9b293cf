import type { Announced } from '../steps.ts'
import type { Claim } from './claim.ts'

/** How often the last use is renewed during the idle time, so that a lost renewal does not end the grant. */
const RENEWALS = 4

type Running = Pick<Announced, 'permit' | 'revealed' | 'auditID'>

/**
 * Renews the last use of the grants of a response while it runs. One that ends within a quarter of the idle time renews nothing. A failed renewal
 * is not repeated before the next one is due: at worst the grant ends early.
 * @returns stops renewing
 */
export function keepAlive({ permit: { grant }, revealed, auditID }: Running, { claim }: { readonly claim: Claim }): () => void {
  const timers = [
    { name: grant?.name, idleSeconds: grant?.idleSeconds },
    { name: revealed?.grant, idleSeconds: revealed?.idleSeconds },
  ].flatMap(({ name, idleSeconds }) => {
    if (name === undefined || idleSeconds === undefined) return []
    const renew = (): void => void claim(name, auditID, { renews: true }).catch(() => false)
    return [setInterval(renew, (idleSeconds * 1000) / RENEWALS).unref()]
  })
  return () => {
    for (const timer of timers) clearInterval(timer)
  }
}
