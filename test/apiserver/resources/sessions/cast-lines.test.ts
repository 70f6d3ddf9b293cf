import fc from 'fast-check'
import { expect, it } from 'vitest'
import { castLines } from '../../../../apiserver/resources/sessions/recording.ts'
import { castData, cutMarker, isCutCast } from '../../../../domain/record/asciicast.ts'
import type { RecordedEvent } from '../../../../domain/record/replay.ts'

const ABOUT = { time: '2026-11-30T00:00:00.000Z', auditID: 's', session: 'a' }

async function* recorded(pieces: readonly string[]): AsyncGenerator<RecordedEvent> {
  yield { ...ABOUT, event: 'stream.opened', stream: 'exec', tty: true }
  for (const [index, data] of pieces.entries()) yield { ...ABOUT, event: 'stream.data', channel: 'stdout', offsetMs: 1000 * (index + 1), data }
}

async function castOf(
  pieces: readonly string[],
  { maxBytes, afterMs = 0 }: { readonly maxBytes: number; readonly afterMs?: number },
): Promise<string> {
  let cast = ''
  for await (const line of castLines(recorded(pieces), { title: 't', afterMs, maxBytes })) cast += line
  return cast
}
const textOf = (cast: string): string => castData(cast, ABOUT).reduce((text, { data }) => text + data, '')

it('a recording has at most so many bytes, whatever its characters are, and its end says how to get the rest', async () => {
  const piece = fc.string({
    unit: fc.constantFrom('a', '"', '\u0000', 'ü', '漢', '\u200b', '\u{1f600}', '"m","the recording goes on: ask for it with after='),
    minLength: 1,
    // Each frame fits on its own.
    maxLength: 12,
  })
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { minLength: 10, maxLength: 40 }), fc.integer({ min: 800, max: 2000 }), async (pieces, maxBytes) => {
      let [text, afterMs] = ['', 0]
      for (;;) {
        const cast = await castOf(pieces, { maxBytes, afterMs })
        const [, ...frames] = cast.trimEnd().split('\n')
        const shown = frames.filter((line) => !line.includes('"m","the recording goes on: ask'))
        expect(shown.reduce((bytes, line) => bytes + Buffer.byteLength(line) + 1, 0)).toBeLessThanOrEqual(maxBytes)
        text += textOf(cast)
        expect(isCutCast(cast)).toBe(shown.length < frames.length)
        if (!isCutCast(cast)) break
        afterMs = Number(/after=([\d.]+)/.exec(frames.at(-1) ?? '')?.[1]) * 1000
      }
      expect(text).toBe(pieces.join(''))
    }),
  )
})

it('a frame that fits to the byte is shown, and is cut where it is one byte longer', async () => {
  const [, frame = ''] = (await castOf(['漢"'], { maxBytes: 1000 })).split('\n')
  const bytes = Buffer.byteLength(`${frame}\n`)
  expect((await castOf(['漢"'], { maxBytes: bytes })).split('\n').slice(1)).toEqual([frame, ''])
  expect((await castOf(['漢"'], { maxBytes: bytes - 1 })).split('\n').slice(1)).toEqual([cutMarker(1000), ''])
})

it('a recording after a time begins with what came later', async () => {
  expect(textOf(await castOf(['one', 'two'], { maxBytes: 1000, afterMs: 1000 }))).toBe('two')
})

it('a recording that is cut at its beginning goes on from there', () => {
  expect(cutMarker(0)).toBe('[0,"m","the recording goes on: ask for it with after=0"]')
})
