import type { MissingGateway } from '../../domain/api/access-session.ts'
import { WAIT_MS, type SessionSource } from '../../server/records/sessions/source.ts'
import type { NamedSource } from './gateways.ts'

/** A gateway whose records are not in the answer, and why. */
export type Gathered<T> = {
  readonly answers: readonly { readonly source: NamedSource; readonly value: T }[]
  readonly missing: readonly MissingGateway[]
}

/** Never repeats what a gateway sent. */
function reason(error: unknown, signal: AbortSignal): string {
  if (signal.aborted) return 'it did not answer in time'
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? ` (${error.code})` : ''
  if (error instanceof SyntaxError) return 'its answer is not JSON'
  const own = error instanceof Error && /^(it|the answer|the body) /.test(error.message) ? error.message : `it cannot be reached${code}`
  return own
}

/** Asks every source at once. A source that fails, hangs or answers nonsense is named in `missing`, and delays no longer than its time. */
export async function gather<T extends { readonly folder: string }>(
  sources: readonly NamedSource[],
  ask: (source: SessionSource, signal: AbortSignal) => Promise<T>,
  { gone, limitMs = WAIT_MS }: { readonly gone: AbortSignal; readonly limitMs?: number },
): Promise<Gathered<T>> {
  const missing: MissingGateway[] = []
  const asked = await Promise.all(
    sources.map(async (named) => {
      if ('failure' in named.source) return void missing.push({ gateway: named.name, message: named.source.failure })
      const time = AbortSignal.timeout(limitMs)
      try {
        return { source: named, value: await ask(named.source, AbortSignal.any([gone, time])) }
      } catch (error) {
        missing.push({ gateway: named.name, message: reason(error, time) })
        return undefined
      }
    }),
  )
  gone.throwIfAborted()
  // Gateways that share a folder give the same answer.
  const folders = new Set<string>()
  const answers = asked.filter((each) => each !== undefined).filter(({ value: { folder } }) => !folders.has(folder) && folders.add(folder))
  return { answers, missing: missing.toSorted((one, other) => one.gateway.localeCompare(other.gateway)) }
}
