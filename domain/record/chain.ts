import { hash as digest } from 'node:crypto'

/** The end of a chain, to which the next line is linked. */
export type Head = { readonly seq: number; readonly hash: string }

/** The head to which the first line of a chain is linked. */
export const GENESIS: Head = { seq: 0, hash: '0'.repeat(64) }

/** Maximum length of a line in bytes, including the line feed: a full `stream.data` with every character escaped, plus a margin. */
export const LINE_LIMIT = 1024 * 1024

/** A line as read from a file. Other fields belong to the event; a later version may have more. */
export type ChainLine = {
  readonly seq: number
  readonly time: string
  readonly prev: string
  readonly hash: string
  readonly event: string
  readonly [field: string]: unknown
}

const hashOf = (text: string): string => digest('sha256', text, 'hex')

/** The end of every line. The hash covers all bytes before it, plus a closing brace. */
const HASH = /,"hash":"([0-9a-f]{64})"\}$/

/** `event`: JSON without its braces, as for `link`. */
export type TimedEvent = { readonly timeMs: number; readonly event: string }

/** An object as JSON without its braces, for `link`. */
export const jsonFields = (event: { readonly event: string; readonly [field: string]: unknown }): string => JSON.stringify(event).slice(1, -1)

/** A line before its event. */
const beginning = (to: Head, timeMs: number): string => `{"seq":${to.seq + 1},"time":"${new Date(timeMs).toISOString()}","prev":"${to.hash}",`
/** A line after its event. */
const ending = (hash: string): string => `,"hash":"${hash}"}\n`

/**
 * The line that follows `head`, including the line feed, and the new head. The hash has no key: it proves that a line of a chain was not changed, not
 * who wrote the chain. A writer with access to the whole folder can forge a chain; a hash that is kept elsewhere detects that.
 * @param event JSON without its braces, in the format of `JSON.stringify`, from `checkEvent` or `inside`
 */
export function link(head: Head, timeMs: number, event: string): { readonly line: string; readonly head: Head } {
  const seq = head.seq + 1
  const body = `${beginning(head, timeMs)}${event}`
  const hash = hashOf(`${body}}`)
  return { line: `${body}${ending(hash)}`, head: { seq, hash } }
}

type Place = { readonly memory: Buffer; readonly at: number }
/** Maximum bytes of a line besides its event. */
export const LINE_OVERHEAD = 320
const CLOSING_BRACE = 0x7d

/**
 * The same as `link`, written into memory at a position, for long events: they are neither copied as text nor encoded again for the hash. Returns the
 * position after the line. The memory must have room for the event and LINE_OVERHEAD.
 */
export function linkInto({ memory, at }: Place, to: Head, { timeMs, event }: TimedEvent): { readonly end: number; readonly head: Head } {
  const seq = to.seq + 1
  let end = at + memory.write(beginning(to, timeMs), at, 'latin1')
  end += memory.write(event, end)
  memory[end] = CLOSING_BRACE
  const hash = digest('sha256', memory.subarray(at, end + 1), 'hex')
  end += memory.write(ending(hash), end, 'latin1')
  return { end, head: { seq, hash } }
}

function decoded(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}

/** The object that `body` encodes. Undefined when `body` is not its canonical encoding, for example because of a repeated key or a space. */
function parsed(body: string): { readonly [field: string]: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(body)
    return typeof value === 'object' && value !== null && JSON.stringify(value) === body ? { ...value } : undefined
  } catch {
    return undefined
  }
}

/** Parses a line without its line feed. Undefined unless `link` wrote the line and it is unchanged. Does not check its place in the chain. */
export function readLine(bytes: Uint8Array): ChainLine | undefined {
  const text = decoded(bytes) ?? ''
  const match = HASH.exec(text)
  if (match === null) return undefined
  const body = `${text.slice(0, match.index)}}`
  const hash = match[1] ?? ''
  if (hashOf(body) !== hash) return undefined
  const { seq, time, prev, event, ...fields } = parsed(body) ?? {}
  if (!Number.isSafeInteger(seq) || ![time, prev, event].every((value) => typeof value === 'string')) return undefined
  return { ...fields, seq: seq as number, time: time as string, prev: prev as string, event: event as string, hash }
}
