/**
 * Finds the places where no token can be, so that a scan skips them. A token is in a run of at least SHORTEST_TOKEN characters: checking
 * from the end, one or two characters show that there is no such run (Boyer and Moore, 1977). Few of the runs that are long enough contain
 * the beginning of a token.
 */
import { ByteSet } from '../byte-set.ts'
import { classes, RUN, SHORTEST_TOKEN, type TokenForm } from './token-table.ts'
import { formAt, next } from './token-trie.ts'

/** Length of the context before a run: `PRIVATE KEY BLOCK-----` and line ends. */
export const CONTEXT = 32
/** More than the length of any beginning plus the minimum of its first part. */
const FORESEEN = 128
const BACKSLASH = 0x5c
const PERCENT = 0x25
const SMALL_M = 0x6d
const SMALL_N = 0x6e
const SMALL_R = 0x72
const HYPHEN = 0x2d
/** Maximum number of blanks between the first line of a private key and its next. */
export const MAX_SEPARATORS = 8

const isRun: Uint8Array = Uint8Array.from(classes, (bits) => bits & RUN)
const alnums = new ByteSet('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789')
/** Pairs of bytes that begin a form. */
const opens: Uint8Array = new Uint8Array(1 << 14)
for (let first = 0; first < 128; first++)
  for (let second = 0; second < 128; second++)
    if (next[(next[first] as number) * 128 + second] !== 0 && next[first] !== 0) opens[(first << 7) | second] = 1

/** `whole`: nothing after `to` can belong to a run. */
type Stretch = { readonly bytes: Uint8Array; readonly from: number; readonly to: number; readonly whole?: boolean }

/**
 * Returns the first place in [from, to) where a run begins that may contain a token or that continues up to `to`; `to` if there is none.
 * `from` must not be inside a run. `before` contains the bytes before `bytes`.
 */
export function skipToRun({ bytes, from, to, whole = false }: Stretch, before: Uint8Array): number {
  let begin = from
  for (;;) {
    begin = nextLongRun(bytes, begin, to)
    if (to - begin < SHORTEST_TOKEN) return whole ? to : beginOfRun(bytes, begin, to)
    const end = endOfRun(bytes, begin + SHORTEST_TOKEN, to)
    if ((end === to && !whole) || isLed(bytes, begin, before) || mayHold(bytes, begin, end)) return begin
    begin = end + 1
  }
}

/**
 * Returns where the first run of SHORTEST_TOKEN characters begins, or a place that fewer bytes follow. Apart from skipToRun: a loop in a large
 * function is slower.
 */
function nextLongRun(bytes: Uint8Array, from: number, to: number): number {
  let begin = from
  let at = from + SHORTEST_TOKEN - 1
  while (at < to) {
    if (isRun[bytes[at] as number] === RUN) {
      if (at-- === begin) return begin
    } else {
      begin = at + 1
      at += SHORTEST_TOKEN
    }
  }
  return begin
}

function beginOfRun(bytes: Uint8Array, from: number, to: number): number {
  let at = to
  while (at > from && isRun[bytes[at - 1] as number] === RUN) at--
  return at
}

function endOfRun(bytes: Uint8Array, from: number, to: number): number {
  let at = from
  while (at < to && isRun[bytes[at] as number] === RUN) at++
  return at
}

/** Whether the bytes before a run can make it a token, or a different run than it appears to be. */
function isLed(bytes: Uint8Array, from: number, before: Uint8Array): boolean {
  const lead = byteAt(bytes, from - 1, before)
  if (lead === BACKSLASH || lead === PERCENT) return true
  return separates(lead) && contextOf(bytes, from, before) !== undefined
}

/** Whether a form begins anywhere in a complete run. Few pairs of bytes begin one, so they are checked first. */
function mayHold(bytes: Uint8Array, from: number, to: number): boolean {
  let byte = bytes[from] as number
  for (let at = from + 1; at < to; at++) {
    const following = bytes[at] as number
    if (opens[(byte << 7) | following] === 1 && beginsWord(bytes, at - 1, from) && begins(bytes, at - 1, to)) return true
    byte = following
  }
  return false
}

/** Whether no letter or digit precedes a byte of a run that begins at `from`. */
function beginsWord(bytes: Uint8Array, at: number, from: number): boolean {
  const before = bytes[at - 1] as number
  return at === from || !alnums.has(before) || isColour(before, at - 1 - from)
}

/** From a character within a run at which no form begins: returns the next at which one may begin, or the end of the run. */
export function skipInRun(bytes: Uint8Array, from: number, afterAlnum: boolean): number {
  let alnum = afterAlnum
  let at = from
  for (; at < bytes.length; at++) {
    if (alnum) {
      at = alnums.endOf(bytes, at, bytes.length)
      if (at === bytes.length) return at
    }
    const byte = bytes[at] as number
    if (isRun[byte] !== RUN) return at
    if (!alnum && (at + 1 === bytes.length || opens[(byte << 7) | ((bytes[at + 1] as number) & 0x7f)] === 1)) {
      const broken = bytes.length - at < FORESEEN ? at : breaksOff(bytes, at)
      if (broken === at) return at
      at = broken - 1
    }
    alnum = alnums.has(bytes[at] as number)
  }
  return at
}

/** Returns where text that begins like a form ends before it has the minimum of its first part; `from` if it does not. */
function breaksOff(bytes: Uint8Array, from: number): number {
  let node = 0
  let at = from
  for (; formAt[node] === undefined; at++) {
    node = (bytes[at] as number) < 128 ? (next[node * 128 + (bytes[at] as number)] as number) : 0
    if (node === 0) return at
  }
  const { of, least } = (formAt[node] as TokenForm).parts[0]
  const to = endOfSet(bytes, at, { of, most: least })
  return to < at + least ? to : from
}

/** Returns the offset of the first byte that is not in a character set, or the offset after `most` bytes that are. */
export function endOfSet(bytes: Uint8Array, from: number, { of, most }: { readonly of: number; readonly most: number }): number {
  const end = Math.min(bytes.length, from + most)
  let at = from
  while (at < end && ((classes[bytes[at] as number] as number) & of) !== 0) at++
  return at
}

function begins(bytes: Uint8Array, from: number, to: number): boolean {
  let node = 0
  for (let at = from; at < to; at++) {
    node = next[node * 128 + (bytes[at] as number)] as number
    if (node === 0) return false
    if (formAt[node] !== undefined) return true
  }
  return false
}

/** Whether a byte of a run ends a terminal color escape, `ESC [31m`: a word begins after it. */
export function isColour(byte: number, indexInRun: number): boolean {
  return byte === SMALL_M && indexInRun < 4
}

function byteAt(bytes: Uint8Array, at: number, before: Uint8Array): number {
  return (at >= 0 ? bytes[at] : before[before.length + at]) ?? 0
}

/** The context before a run that makes it a token although it does not look like one. */
export function contextOf(bytes: Uint8Array, from: number, before: Uint8Array): 'key' | 'bootstrap' | undefined {
  let at = from - 1
  while (from - at <= MAX_SEPARATORS && separates(byteAt(bytes, at, before))) at--
  const last = byteAt(bytes, at, before)
  return at === from - 1 || (last !== HYPHEN && last !== SMALL_N && last !== SMALL_R) ? undefined : contextIn(bytes, from, before)
}

/** Apart from contextOf, since a function that creates another one needs memory for each call. */
function contextIn(bytes: Uint8Array, from: number, before: Uint8Array): 'key' | 'bootstrap' | undefined {
  const text = Buffer.from(Array.from({ length: CONTEXT }, (_, index) => byteAt(bytes, from - CONTEXT + index, before))).toString('latin1')
  if (/PRIVATE KEY( BLOCK)?-----(\s|\\[nrt]?){1,8}$/.test(text)) return 'key'
  return text.endsWith('--token ') ? 'bootstrap' : undefined
}

export function separates(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09 || byte === BACKSLASH
}
