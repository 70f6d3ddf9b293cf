import { hash as digest } from 'node:crypto'

/** The end of a chain: what the next line is linked to. */
export type Head = { readonly seq: number; readonly hash: string }

/** What the first line of a chain is linked to. */
export const GENESIS: Head = { seq: 0, hash: '0'.repeat(64) }

/** Longest line in bytes, line feed included: a full `stream.data`, every character escaped, and room to spare. */
export const LINE_LIMIT = 1024 * 1024

/** A line as it was read. Fields besides these are the event's; a later version may have more. */
export type ChainLine = {
  readonly seq: number
  readonly time: string
  readonly prev: string
  readonly hash: string
  readonly event: string
  readonly [field: string]: unknown
}

const hashOf = (text: string): string => digest('sha256', text, 'hex')

/** Ends every line: the hash covers all that stands before it, byte for byte, closed by a brace. */
const HASH = /,"hash":"([0-9a-f]{64})"\}$/

/** An object as JSON without its braces, as `link` takes it. */
export const inside = (event: { readonly event: string; readonly [field: string]: unknown }): string => JSON.stringify(event).slice(1, -1)

/**
 * The line that follows `head`, line feed included, and the head after it. The hash has no key: it shows that a line of a chain
 * was touched, not who wrote the chain. Whoever can write the whole folder can forge a chain of their own; against that helps a
 * hash kept elsewhere.
 * @param event JSON without its braces, spelled as `JSON.stringify` does: `checkEvent` gives it, or `inside`
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

/** The object that `body` is the one spelling of: a key given twice, or a space, makes it none. */
function parsed(body: string): { readonly [field: string]: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(body)
    return typeof value === 'object' && value !== null && JSON.stringify(value) === body ? { ...value } : undefined
  } catch {
    return undefined
  }
}

/**
 * A line without its line feed, when it is one that `link` wrote and nobody touched; undefined otherwise. Its place in the chain
 * is not judged here.
 */
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
