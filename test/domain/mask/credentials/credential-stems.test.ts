import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CredentialScanner } from '../../../../domain/mask/credentials/credential-scanner.ts'
import { skipToStem } from '../../../../domain/mask/credentials/credential-stems.ts'

const STEM = /pass|pwd|secret|token|key|cred|auth|psk|dsn|jwt|pin|otp|:\/\//i
/** The bytes of stems, and bytes that differ from a stem in one bit, as the bytes of a binary file sometimes do. */
const nearStem = fc
  .tuple(fc.constantFrom('pass', 'PWD', 'Secret', 'key', '://', ':/'), fc.nat(5), fc.constantFrom(0, 0x20, 0x40, 0x80, 0x60))
  .map(([text, at, bit]) => Buffer.from(text).map((byte, index) => (index === at % text.length || bit === 0x20 ? byte ^ bit : byte)))
const anyBytes = fc.array(fc.oneof(nearStem, fc.uint8Array({ maxLength: 4 })), { maxLength: 8 }).map((parts) => Buffer.concat(parts))

describe('the search for credential stems', () => {
  it('finds what a regular expression finds in any bytes', () => {
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        const at = STEM.exec(bytes.toString('latin1'))?.index ?? bytes.length
        expect(skipToStem(bytes, 0, bytes.length)).toBe(at)
      }),
      { numRuns: 5000 },
    )
  })
  it('finds the same in long text, from any place on', () => {
    const filler = fc.constantFrom('.', '-', '7', 's', 'e').map((text) => Buffer.from(text))
    const long = fc
      .array(fc.oneof({ weight: 20, arbitrary: filler }, anyBytes), { minLength: 60, maxLength: 200 })
      .map((parts) => Buffer.concat(parts))
    fc.assert(
      fc.property(long, fc.nat(8), fc.nat(8), (bytes, from, less) => {
        const to = bytes.length - less
        const at = STEM.exec(bytes.toString('latin1', from, to))?.index ?? to - from
        // Of memory that is shared with other bytes, as a chunk is.
        expect(skipToStem(Buffer.concat([Buffer.from('key'), bytes]).subarray(3), from, to)).toBe(from + at)
      }),
      { numRuns: 2000 },
    )
  })
  // A colon and two slashes without bit 5: a random file of a few megabytes contains them, and they once made the search loop forever.
  it('does not mistake control characters for ://', () => {
    const bytes = Buffer.from([0x1a, 0x0f, 0x0f, 0x00])
    expect(skipToStem(bytes, 0, bytes.length)).toBe(bytes.length)
  })
  it('terminates for any input', () => {
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        const scanner = new CredentialScanner({ has: () => false, longest: 8 })
        scanner.read(bytes, 0, bytes.length)
        expect(scanner.position).toBe(bytes.length)
      }),
      { numRuns: 5000 },
    )
  })
})
