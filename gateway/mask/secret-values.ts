import type { Clock } from '../../domain/clock.ts'
import type { SecretValue } from '../../domain/mask/match/known-values.ts'
import type { Change } from '../../kube/informer.ts'

export type Secret = {
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly resourceVersion?: string }
  readonly data?: { readonly [key: string]: string }
  readonly immutable?: boolean
}

/** A value that was rotated or deleted goes on being hidden for this long: logs and copies of it live on. */
const HOLD_MS = 3600 * 1000
const MOST_HELD = 10_000

type Kept = SecretValue & { readonly untilMs: number }

function* valuesOf({ metadata, data }: Secret): Generator<SecretValue> {
  for (const [key, value] of Object.entries(data ?? {}))
    yield { namespace: metadata.namespace ?? '', secret: metadata.name, key, value: Buffer.from(value, 'base64') }
}

function dataBefore({ type, object, old }: Change<Secret>): NonNullable<Secret['data']> {
  return old?.data ?? (type === 'DELETED' ? object.data : undefined) ?? {}
}

/** The values of live Secrets, and those that were live within the last hour. */
export class SecretValues {
  readonly #clock: Clock
  readonly #gone: Kept[] = []

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Takes a change in. False when there is no new value. */
  change(change: Change<Secret>): boolean {
    const next = change.type === 'DELETED' ? {} : (change.object.data ?? {})
    const before = dataBefore(change)
    const lost = Object.fromEntries(Object.entries(before).filter(([key, value]) => next[key] !== value))
    const untilMs = this.#clock.nowMs() + HOLD_MS
    for (const value of valuesOf({ metadata: change.object.metadata, data: lost })) this.#gone.push({ ...value, untilMs })
    if (this.#gone.length > MOST_HELD) this.#gone.splice(0, this.#gone.length - MOST_HELD)
    return Object.entries(next).some(([key, value]) => before[key] !== value)
  }

  *all(live: readonly Secret[]): Generator<SecretValue> {
    for (const secret of live) yield* valuesOf(secret)
    const now = this.#clock.nowMs()
    for (const kept of this.#gone) if (now < kept.untilMs) yield kept
  }

  /** The value that a key had before it went. */
  lookup(namespace: string, secret: string, key: string): Buffer | undefined {
    return this.#gone.findLast((kept) => kept.namespace === namespace && kept.secret === secret && kept.key === key)?.value
  }
}
