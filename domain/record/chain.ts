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

/** An object as JSON without its braces, for `link`. */
export const jsonFields = (event: { readonly event: string; readonly [field: string]: unknown }): string => JSON.stringify(event).slice(1, -1)

/**
 * The line that follows `head`, including the line feed, and the new head. The hash has no key: it proves that a line of a chain was not changed, not
 * who wrote the chain. A writer with access to the whole folder can forge a chain; a hash that is kept elsewhere detects that.
 * @param event JSON without its braces, in the format of `JSON.stringify`, from `checkEvent` or `inside`
 */
export function link(head: Head, timeMs: number, event: string): { readonly line: string; readonly head: Head } {
  const seq = head.seq + 1
  const body = `{"seq":${seq},"time":"${new Date(timeMs).toISOString()}","prev":"${head.hash}",${event}`
  const hash = hashOf(`${body}}`)
  return { line: `${body},"hash":"${hash}"}\n`, head: { seq, hash } }
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
