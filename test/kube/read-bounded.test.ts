import { Readable } from 'node:stream'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BodyTooLarge, BoundedBody, readBounded } from '../../kube/read-bounded.ts'

const chunks = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 20 }).map((parts) => parts.map((part) => Buffer.from(part)))

async function* yielding(parts: readonly Buffer[]): AsyncGenerator<Buffer> {
  yield* parts
}

describe('a body of any chunks', () => {
  it('is read as their concatenation up to the bound, and refused one byte later', () =>
    fc.assert(
      fc.asyncProperty(chunks, async (parts) => {
        const whole = Buffer.concat(parts)
        expect((await readBounded(yielding(parts), whole.length)).equals(whole)).toBe(true)
        expect((await readBounded(Readable.from(parts), whole.length + 1)).equals(whole)).toBe(true)
        if (whole.length > 0) await expect(readBounded(yielding(parts), whole.length - 1)).rejects.toThrow(BodyTooLarge)
      }),
    ))

  it('is counted completely before it is kept, and only up to the bound', () =>
    fc.assert(
      fc.asyncProperty(chunks, fc.nat(200), async (parts, maxBytes) => {
        let counted = 0
        const whole = Buffer.concat(parts)
        const read = await readBounded(yielding(parts), maxBytes, (bytes) => (counted += bytes)).catch((error: unknown) => error)
        if (whole.length <= maxBytes) expect(counted).toBe(whole.length)
        else {
          expect(read).toBeInstanceOf(BodyTooLarge)
          expect(counted).toBeLessThanOrEqual(maxBytes)
        }
      }),
    ))
})

const endless = (): { readonly source: Readable; readonly read: () => number } => {
  let read = 0
  const source = new Readable({
    highWaterMark: 1,
    read() {
      read += 1
      this.push(Buffer.alloc(10))
    },
  })
  return { source, read: () => read }
}

const full = (): never => {
  throw new RangeError('no room')
}

async function* breaking(): AsyncGenerator<Buffer> {
  yield Buffer.from('part')
  throw new Error('reset')
}

describe('a body that is not read completely', () => {
  it('is not read further than the bound, and its source is destroyed', async () => {
    const { source, read } = endless()
    await expect(readBounded(source, 95)).rejects.toThrow('the body is longer than 95 bytes')
    expect(source.destroyed).toBe(true)
    expect(read()).toBeLessThan(15)
  })

  it('throws what a bound over several bodies throws', async () => {
    const { source } = endless()
    await expect(readBounded(source, 1_000, full)).rejects.toThrow(RangeError)
    expect(source.destroyed).toBe(true)
  })

  it('leaves the source open when its iterator does', async () => {
    const { source } = endless()
    await expect(readBounded(source.iterator({ destroyOnReturn: false }), 95)).rejects.toThrow(BodyTooLarge)
    expect(source.destroyed).toBe(false)
    source.destroy()
  })

  it('throws the error of its source', async () => {
    await expect(readBounded(breaking(), 100)).rejects.toThrow('reset')
  })
})

it('refuses every chunk after the bound was exceeded', () => {
  const body = new BoundedBody(3)
  body.add(Buffer.from('abc'))
  expect(() => body.add(Buffer.from('d'))).toThrow(BodyTooLarge)
  expect(() => body.add(Buffer.alloc(0))).toThrow(BodyTooLarge)
  expect(() => body.whole()).toThrow(BodyTooLarge)
})
