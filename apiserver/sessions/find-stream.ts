import type { MissingGateway } from '../../domain/api/access-session.ts'
import type { RecordedEvent } from '../../domain/record/replay.ts'
import { WAIT_MS, type SessionSource, type StreamQuery } from '../../server/records/sessions/source.ts'
import type { NamedSource } from './gateways.ts'

export type FoundStream = { readonly events?: AsyncGenerator<RecordedEvent>; readonly missing: readonly MissingGateway[] }

/** A stream that has begun: its first event, and the others. */
type Begun = { readonly first: RecordedEvent; readonly rest: AsyncIterator<RecordedEvent> }

/** Undefined when there are no events. @throws the error of the source, also when it is late */
async function begun(source: SessionSource, query: StreamQuery, gone: AbortSignal): Promise<Begun | undefined> {
  const late = new AbortController()
  const timer = setTimeout(() => late.abort(new Error('no event in time')), WAIT_MS)
  const rest = source.stream(query, AbortSignal.any([gone, late.signal]))[Symbol.asyncIterator]()
  try {
    const next = await rest.next()
    return next.done === true ? undefined : { first: next.value, rest }
  } finally {
    clearTimeout(timer)
  }
}

async function* eventsOf({ first, rest }: Begun): AsyncGenerator<RecordedEvent> {
  try {
    yield first
    for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value
  } finally {
    await rest.return?.()
  }
}

/** The first stream that is found. Others, of gateways that share its folder, are closed. */
function firstOf(tries: readonly Promise<Begun | undefined>[]): Promise<Begun | undefined> {
  let chosen: Begun | undefined
  return new Promise((resolve) => {
    const settle = (found: Begun | undefined): void => {
      if (found !== undefined && chosen !== undefined) return void found.rest.return?.()
      chosen ??= found
      if (chosen !== undefined) resolve(chosen)
    }
    void Promise.all(tries.map((each) => each.then(settle))).then(() => resolve(chosen))
  })
}

/** Asks all gateways for a stream, which one of them recorded. A gateway that hangs does not delay the one that has it. */
export async function findStream(sources: readonly NamedSource[], query: StreamQuery, gone: AbortSignal): Promise<FoundStream> {
  const missing: MissingGateway[] = []
  const tries = sources.map(async ({ name, source }): Promise<Begun | undefined> => {
    try {
      if (!('failure' in source)) return await begun(source, query, gone)
      missing.push({ gateway: name, message: source.failure })
    } catch {
      missing.push({ gateway: name, message: 'it cannot be reached' })
    }
    return undefined
  })
  const found = await firstOf(tries)
  gone.throwIfAborted()
  return { ...(found === undefined ? {} : { events: eventsOf(found) }), missing }
}
