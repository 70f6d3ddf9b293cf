import { count, optional, word, words, type Values } from './event-fields.ts'

/**
 * The first and the last line of a file. They are ordinary lines of the chain that only the recorder writes. `continues` and `witnessed` state how
 * far earlier files went, so that `verify` detects lines cut from their ends.
 */
export const FILE_EVENTS = {
  'file.opened': {
    file: word('Name of this file.', 255),
    writer: word('Host and process that write this file.', 512),
    continues: optional(word('File whose chain continues here, in the format of witnessed. Absent when a new chain begins.', 512)),
    witnessed: optional(
      words(
        'The other files in the folder at this time: NAME SEQ HASH BYTES TORN; TORN counts bytes after the last whole line. Absent when there are none.',
        64,
      ),
    ),
    missing: optional(
      words('Files that a closing line names and that did not exist: their writer was killed before it opened them. Absent when there are none.', 64),
    ),
    removed: optional(words('Files that retention removed when this file was opened, in the format of witnessed. Absent when there are none.', 64)),
    removedUpTo: optional(
      word(
        'Last name of the files that retention has removed so far: missing files with earlier names were removed too. Absent when none were removed.',
        255,
      ),
    ),
  },
  'file.closed': {
    lines: count('Number of lines in this file, including this one.'),
    next: optional(word('File in which the chain continues. Absent when the writer stopped.', 255)),
  },
} as const

export type FileEventName = keyof typeof FILE_EVENTS
export type FileEvent = { [E in FileEventName]: { readonly event: E } & Values<(typeof FILE_EVENTS)[E]> }[FileEventName]

/** How far a file went when a later file was opened. */
export type Witness = {
  readonly file: string
  readonly seq: number
  readonly hash: string
  /** Number of bytes up to the end of line `seq`. */
  readonly bytes: number
  /** Number of bytes after it: part of a line of a killed writer, which was never reported as durable. */
  readonly torn: number
}

export const formatWitness = ({ file, seq, hash, bytes, torn }: Witness): string => `${file} ${seq} ${hash} ${bytes} ${torn}`

const WITNESS = /^([\w.-]{1,255}) ([0-9]{1,15}) ([0-9a-f]{64}) ([0-9]{1,15}) ([0-9]{1,15})$/

/** Undefined when the value is not a witness. */
export function readWitness(value: unknown): Witness | undefined {
  const match = typeof value === 'string' ? WITNESS.exec(value) : null
  if (match === null) return undefined
  const [, file = '', seq, hash = '', bytes, torn] = match
  return { file, seq: Number(seq), hash, bytes: Number(bytes), torn: Number(torn) }
}
