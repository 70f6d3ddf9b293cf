/**
 * Limits how much is searched for. A user that may write Secrets decides how many values there are. So each Secret and each namespace has
 * its own limit, and when all of them together exceed the total, the fullest namespace gives up some of its values.
 */
import type { ValueSource } from './pattern.ts'

/** Maximum number of parts of one Secret, all its keys together. */
export const MAX_SECRET_PARTS = 400
/** Estimated memory in bytes of the patterns of one namespace, and of all. */
export const MAX_NAMESPACE_BYTES = 96 << 20
export const MAX_TOTAL_BYTES = 192 << 20

/** Why a strong value is hidden only in its Secret. */
export type NotSearched = 'too many values in the Secret' | 'too many values in the namespace' | 'too many values in the cluster' | 'value too large'

/** What is counted for one value of a Secret. */
export type Charge = {
  readonly source: ValueSource
  parts: number
  bytes: number
  /** The value was rotated or deleted. It makes room for live values. */
  retired: boolean
}

type Namespace = { bytes: number; readonly live: Set<Charge>; readonly retired: Set<Charge> }
type Secret = { live: number; retired: number }

export class Budget<Held extends Charge> {
  readonly #namespaces = new Map<string, Namespace>()
  readonly #secrets = new Map<string, Secret>()
  #total = 0

  get bytes(): number {
    return this.#total
  }

  /** Whether no part of a live value of the Secret would fit, so that its values need not be judged. */
  isFull(source: ValueSource): boolean {
    return (this.#secrets.get(nameOf(source))?.live ?? 0) >= MAX_SECRET_PARTS
  }

  /**
   * Counts one more part, if it fits.
   * @param giveUp forgets another value to make room, and returns its charge with `release`
   */
  charge(held: Held, bytes: number, giveUp: (other: Held) => void): NotSearched | undefined {
    const { namespace } = held.source
    const secret = this.#secretOf(held.source)
    const kind = held.retired ? 'retired' : 'live'
    if (secret[kind] >= MAX_SECRET_PARTS) return 'too many values in the Secret'
    const own = this.#namespaceOf(namespace)
    while (own.bytes + bytes > MAX_NAMESPACE_BYTES) if (!this.#giveUpRetired(own, held, giveUp)) return 'too many values in the namespace'
    while (this.#total + bytes > MAX_TOTAL_BYTES) {
      const fullest = this.#fullest(own)
      const gone = this.#giveUpRetired(fullest, held, giveUp) || (fullest !== own && this.#giveUpNewest(fullest, giveUp))
      if (!gone) return 'too many values in the cluster'
    }
    secret[kind]++
    own[kind].add(held)
    own.bytes += bytes
    this.#total += bytes
    held.parts++
    held.bytes += bytes
    return undefined
  }

  /** The value is gone from its Secret. It is kept for a while, as long as there is room. */
  retire(held: Held): void {
    if (held.retired) return
    held.retired = true
    const secret = this.#secretOf(held.source)
    secret.live -= held.parts
    secret.retired += held.parts
    const own = this.#namespaceOf(held.source.namespace)
    if (own.live.delete(held)) own.retired.add(held)
  }

  /** Retired values of a Secret that exceed its limit, the oldest first. */
  excess(source: ValueSource): Held[] {
    let over = this.#secretOf(source).retired - MAX_SECRET_PARTS
    const found: Held[] = []
    if (over <= 0) return found
    for (const held of this.#namespaceOf(source.namespace).retired as Set<Held>) {
      if (held.source.secret !== source.secret) continue
      found.push(held)
      over -= held.parts
      if (over <= 0) break
    }
    return found
  }

  release(held: Held): void {
    const { source, parts, bytes, retired } = held
    const secret = this.#secretOf(source)
    if (retired) secret.retired -= parts
    else secret.live -= parts
    if (secret.live === 0 && secret.retired === 0) this.#secrets.delete(nameOf(source))
    const own = this.#namespaceOf(source.namespace)
    own.live.delete(held)
    own.retired.delete(held)
    own.bytes -= bytes
    this.#total -= bytes
    if (own.live.size === 0 && own.retired.size === 0) this.#namespaces.delete(source.namespace)
    held.parts = 0
    held.bytes = 0
  }

  #giveUpRetired(namespace: Namespace, but: Held, giveUp: (other: Held) => void): boolean {
    for (const oldest of namespace.retired as Set<Held>) {
      if (oldest === but) continue
      giveUp(oldest)
      return true
    }
    return false
  }

  #giveUpNewest({ live }: Namespace, giveUp: (other: Held) => void): boolean {
    const newest = [...live].at(-1)
    if (newest === undefined) return false
    giveUp(newest as Held)
    return true
  }

  /** The namespace that uses the most memory; `own` if no other uses more. */
  #fullest(own: Namespace): Namespace {
    let fullest = own
    for (const each of this.#namespaces.values()) if (each.bytes > fullest.bytes) fullest = each
    return fullest
  }

  #namespaceOf(name: string): Namespace {
    const known = this.#namespaces.get(name)
    if (known !== undefined) return known
    const made = { bytes: 0, live: new Set<Charge>(), retired: new Set<Charge>() }
    this.#namespaces.set(name, made)
    return made
  }

  #secretOf(source: ValueSource): Secret {
    const name = nameOf(source)
    const known = this.#secrets.get(name)
    if (known !== undefined) return known
    const made = { live: 0, retired: 0 }
    this.#secrets.set(name, made)
    return made
  }
}

const nameOf = ({ namespace, secret }: ValueSource): string => `${namespace}/${secret}`
