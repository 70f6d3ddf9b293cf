import type { EventOf } from '../../domain/record/events.ts'
import type { Masking } from '../ports.ts'
import type { Announced } from '../steps.ts'
import type { Wanted } from './protocols.ts'

/** Bounds of the record's fields; what is longer is cut for the record, and the intent has the whole query. */
const MOST_WORDS = 255
const LONGEST_WORD = 4000
const MOST_PORTS = 64

function shortened(words: readonly string[], most: number): readonly string[] | undefined {
  if (words.length === 0) return undefined
  const kept = words.slice(0, most).map((word) => (word.length <= LONGEST_WORD ? word : `${word.slice(0, LONGEST_WORD)}...`))
  return words.length <= most ? kept : [...kept, '...']
}

export function openedOf({ auditID, caller, query }: Announced, { stream }: Wanted, masking: Masking): EventOf<'stream.opened'> {
  return {
    event: 'stream.opened',
    auditID,
    session: caller.session,
    stream,
    command: shortened(
      query.getAll('command').map((word) => masking.text(word)),
      MOST_WORDS,
    ),
    container: query.get('container') ?? undefined,
    tty: query.get('tty') === 'true' || query.get('tty') === '1' ? true : undefined,
    ports: shortened(query.getAll('ports'), MOST_PORTS - 1),
  }
}
