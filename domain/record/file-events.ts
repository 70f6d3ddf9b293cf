import { count, optional, word, words, type Values } from './fields.ts'

/**
 * The first and the last line of a file. They are lines of the chain like any other, and written by the recorder alone. By
 * `continues` and `witnessed` a file says how far the earlier ones went, so that lines cut from their ends are missed.
 */
export const FILE_EVENTS = {
  'file.opened': {
    file: word('Name of this file.', 255),
    writer: word('Host and process that writes it.', 512),
    continues: optional(word('File whose chain goes on here, as in witnessed. Left out: a chain of its own begins.', 512)),
    witnessed: optional(
      words(
        'The other files in the folder as they were: NAME SEQ HASH BYTES TORN; TORN counts bytes behind the last whole line. Left out: none.',
        64,
      ),
    ),
    missing: optional(
      words('Files that a closing line names and that were not there: their writer was killed before it opened them. Left out: none.', 64),
    ),
    removed: optional(words('Files that retention removed when this one was opened, as in witnessed. Left out: none.', 64)),
    removedUpTo: optional(
      word(
        'Last name of the files that retention has removed until now: earlier ones that are not there were removed too. Left out: none were.',
        255,
      ),
    ),
  },
  'file.closed': {
    lines: count('Lines in this file, with this one.'),
    next: optional(word('File that the chain goes on in. Left out: the writer stopped.', 255)),
  },
} as const

export type FileEventName = keyof typeof FILE_EVENTS
export type FileEvent = { [E in FileEventName]: { readonly event: E } & Values<(typeof FILE_EVENTS)[E]> }[FileEventName]

/** How far a file went when a later one was opened. */
export type Witness = {
  readonly file: string
  readonly seq: number
  readonly hash: string
  /** Bytes up to the end of line `seq`. */
  readonly bytes: number
  /** Bytes behind it: what a killed writer left of a line that nobody was told is durable. */
  readonly torn: number
}

export const formatWitness = ({ file, seq, hash, bytes, torn }: Witness): string => `${file} ${seq} ${hash} ${bytes} ${torn}`

const WITNESS = /^([\w.-]{1,255}) ([0-9]{1,15}) ([0-9a-f]{64}) ([0-9]{1,15}) ([0-9]{1,15})$/

/** Undefined for what is none. */
export function readWitness(said: unknown): Witness | undefined {
  const match = typeof said === 'string' ? WITNESS.exec(said) : null
  if (match === null) return undefined
  const [, file = '', seq, hash = '', bytes, torn] = match
  return { file, seq: Number(seq), hash, bytes: Number(bytes), torn: Number(torn) }
}
