import type { EventOf } from '../../domain/record/events.ts'
import { hideTokens } from '../../domain/mask/hide-tokens.ts'
import type { Announced } from '../steps.ts'
import type { WantedStream } from './protocols.ts'

/** Limits of the fields of the record. Longer values are cut here; the intent record has the whole query. */
const MAX_WORDS = 255
const MAX_WORD_LENGTH = 4000
const MAX_PORTS = 64

function shortened(words: readonly string[], most: number): readonly string[] | undefined {
  if (words.length === 0) return undefined
  const kept = words.slice(0, most).map((word) => (word.length <= MAX_WORD_LENGTH ? word : `${word.slice(0, MAX_WORD_LENGTH)}...`))
  return words.length <= most ? kept : [...kept, '...']
}

/** The `stream.opened` record. Values of Secrets are not masked in the command, since the record must say what was executed. */
export function openedOf(
  { auditID, caller, query }: Pick<Announced, 'auditID' | 'caller' | 'query'>,
  { stream }: Pick<WantedStream, 'stream'>,
): EventOf<'stream.opened'> {
  return {
    event: 'stream.opened',
    auditID,
    session: caller.session,
    stream,
    command: shortened(query.getAll('command').map(hideTokens), MAX_WORDS),
    container: query.get('container') ?? undefined,
    tty: query.get('tty') === 'true' || query.get('tty') === '1' ? true : undefined,
    ports: shortened(query.getAll('ports'), MAX_PORTS - 1),
  }
}
