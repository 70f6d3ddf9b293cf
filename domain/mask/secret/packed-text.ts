/**
 * Compressed text in base64 in any response (a Helm release in a ConfigMap, data that tools keep in annotations). Known values inside are
 * not visible from outside, so the text is unpacked. Text that begins like gzip and cannot be unpacked is replaced: it may be cut off or a
 * decompression bomb.
 */
import { maskRelease, unpackRelease } from './helm-release.ts'
import type { KnownValues } from '../match/known-values.ts'
import type { MaskerOptions } from '../masker-options.ts'
import { MASK_TEXT } from './mask-text.ts'
import { createTextMasker } from '../text/text-masker.ts'

/** How gzip begins in base64: its magic bytes and its only compression method. */
export const PACKED = Buffer.from('H4sI')

export function isPacked(bytes: Uint8Array, from: number, to: number): boolean {
  if (to - from < PACKED.length) return false
  for (let at = 0; at < PACKED.length; at++) if (bytes[from + at] !== PACKED[at]) return false
  return true
}

/** Returns the masked text, or the same text if it contains nothing to hide. Without codecs, the text is masked whole. */
export function maskPacked(text: string, { known, codecs }: Pick<MaskerOptions, 'known' | 'codecs'>): string {
  if (codecs === undefined) return MASK_TEXT
  const tree = unpackRelease(text, codecs)
  if (typeof tree === 'object' && tree !== null && 'manifest' in tree && 'chart' in tree) return maskRelease(text, { known, codecs }) ?? MASK_TEXT
  const inner = unpack(text, codecs)
  if (inner === undefined) return MASK_TEXT
  // The packed text may itself be a value of a Secret.
  return holdsValue(inner, known) || holdsValue(Buffer.from(text), known) ? MASK_TEXT : text
}

function holdsValue(bytes: Buffer, known: KnownValues): boolean {
  const masker = createTextMasker({ known })
  return !Buffer.concat([masker.push(bytes), masker.end()]).equals(bytes)
}

function unpack(text: string, codecs: NonNullable<MaskerOptions['codecs']>): Buffer | undefined {
  try {
    return codecs.gunzip(Buffer.from(text, 'base64'))
  } catch {
    return undefined
  }
}
