import { formatMask } from '../../domain/api/approver-mask.ts'
import { MASK_TEXT, type MaskerOptions, type ValueSource } from '../../domain/mask/masker.ts'
import type { WrittenSecrets } from '../mask/values/written-secrets.ts'
import type { Masking } from '../ports.ts'
import { printable } from './body/printable.ts'

const MAX_NOTES = 20
/** Maximum number of characters that the search for shown values reads, some milliseconds: an agent decides how many values there are. */
const MAX_SEARCHED = 16 << 20
const MAX_QUOTE = 60

type Found = Parameters<NonNullable<MaskerOptions['replace']>>[0]
type Written = { readonly text: string; readonly source: ValueSource; readonly writer: string; readonly more: number }

export type ApproverMasks = {
  /** Replacement for the masker of text that approvers read. */
  readonly replace: NonNullable<MaskerOptions['replace']>
  /** Comment lines to append to a text: they name the values in it that are shown although a Secret holds them. */
  notesFor(shown: string): readonly string[]
}

const secretOf = ({ namespace, secret }: ValueSource): string => `${namespace}/${secret}`
const { compare } = new Intl.Collator()
const isBefore = (left: ValueSource, right: ValueSource): boolean => (compare(secretOf(left), secretOf(right)) || compare(left.key, right.key)) < 0

/** The first by name of the sources that satisfy a condition. A value may stand in many thousand Secrets, so they are not sorted. */
function firstOf(sources: readonly ValueSource[], fulfils: (source: ValueSource) => boolean = () => true): ValueSource | undefined {
  let first: ValueSource | undefined
  for (const source of sources) if ((first === undefined || isBefore(source, first)) && fulfils(source)) first = source
  return first
}

/** The number of Secrets other than the first that hold the same value. */
const others = (first: ValueSource, sources: readonly ValueSource[]): number => new Set([first, ...sources].map(secretOf)).size - 1

function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** Whether the bytes found are part of a value, plain or in base64, hex or percent encoding. Other encodings return false. */
function holds(value: Buffer, found: Buffer): boolean {
  const text = found.toString('latin1')
  const decoded = [found, Buffer.from(text, 'base64'), Buffer.from(text, 'hex'), Buffer.from(percentDecoded(text), 'latin1')]
  return decoded.some((bytes) => bytes.length > 0 && value.includes(bytes))
}

/** Whether a text shows a value. The lines of the value may be indented, and its characters may be escaped as in JSON. */
const shows = (shown: string, value: string): boolean =>
  value.split('\n').every((line) => shown.includes(line.trim()) || shown.includes(JSON.stringify(line).slice(1, -1)))

function quote(text: string): string {
  const cut = text.length <= MAX_QUOTE ? text : `${text.slice(0, MAX_QUOTE)}...`
  return printable(JSON.stringify(cut))
}

function formatShown({ text, source, writer, more }: Written): string {
  const also = more === 0 ? '' : ` and ${more} more`
  return `# ${quote(text)} is shown: it is the value of secret ${secretOf(source)} key ${source.key}${also}, which ${printable(JSON.stringify(writer))} wrote`
}

/** The values that a text shows, as far as the budget of the search allows. */
function shownIn(text: string, values: Iterable<Written>): { readonly found: readonly Written[]; readonly searched: boolean } {
  const found: Written[] = []
  let left = MAX_SEARCHED
  for (const value of values) {
    left -= value.text.split('\n').length * 2 * text.length
    if (left < 0) return { found, searched: false }
    if (shows(text, value.text)) found.push(value)
  }
  return { found, searched: true }
}

/**
 * Decides what an approver sees where an object holds the value of a Secret. Usually it is a mask that names the Secret, so that a user
 * cannot hide content by storing it in a Secret of their own. It is the value itself if an agent wrote it through this gateway to every
 * Secret that holds it: agents know such a value, and an approver must see what the agent wants to do.
 */
export function createApproverMasks(from: { readonly written: WrittenSecrets; readonly lookup: Masking['lookup'] }): ApproverMasks {
  const shown = new Map<string, Written>()
  const known = new Map<string, Buffer>()

  const writerOf = (source: ValueSource, bytes: Buffer): string | undefined => {
    const value = from.lookup(source.namespace, source.secret, source.key)
    // Values that the key held recently are still masked, so the bytes may come from an older value.
    return value !== undefined && holds(value, bytes) ? from.written.writerOf(source, value) : undefined
  }
  const replace = ({ sources, bytes }: Found): Buffer => {
    const first = firstOf(sources)
    if (first === undefined) return Buffer.from(MASK_TEXT)
    const foreign = firstOf(sources, (source) => writerOf(source, bytes) === undefined)
    if (foreign !== undefined) return Buffer.from(formatMask(foreign, others(foreign, sources)))
    const text = bytes.toString('utf8')
    shown.set(text, { text, source: first, writer: writerOf(first, bytes) ?? '?', more: others(first, sources) })
    return bytes
  }
  return {
    replace: (found) => {
      const id = found.bytes.toString('latin1')
      const answer = known.get(id) ?? replace(found)
      known.set(id, answer)
      return answer
    },
    notesFor: (text) => {
      const { found, searched } = shownIn(text, shown.values())
      const more = found.length - MAX_NOTES
      return [
        ...found.slice(0, MAX_NOTES).map(formatShown),
        ...(more <= 0 ? [] : [`# ${more} more values are shown that Secrets hold, which agents wrote`]),
        ...(searched ? [] : ['# there may be further values that Secrets hold, which agents wrote: too many to search for']),
      ]
    },
  }
}
