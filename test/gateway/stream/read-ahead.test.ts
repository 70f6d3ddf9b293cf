import fc from 'fast-check'
import { PassThrough } from 'node:stream'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { Registry } from 'prom-client'
import { describe, expect, it } from 'vitest'
import { pumpAhead, ReadAheadRoom } from '../../../gateway/stream/read-ahead.ts'

const MIB = 1024 * 1024
const nothing = Buffer.alloc(0)

async function heldOf(registry: Registry): Promise<number> {
  const metric = await registry.getSingleMetric('jit_gateway_read_ahead_bytes')?.get()
  return metric?.values[0]?.value ?? Number.NaN
}

function world() {
  const registry = new Registry()
  return { room: new ReadAheadRoom(registry), held: () => heldOf(registry) }
}

/** Writes as long as it is taken, up to so much; says how much that was. */
async function pour(socket: PassThrough, most: number): Promise<number> {
  let poured = 0
  for (let refused = 0; poured < most && refused < 5;) {
    if (socket.writableNeedDrain) refused++
    else {
      socket.write(Buffer.alloc(MIB))
      poured += MIB
      refused = 0
    }
    await nextTurn()
  }
  return poured
}

describe('reading ahead', () => {
  it('hands on every byte in order, however it comes and however slow it is taken, and counts nothing at the end', async () => {
    const anyPieces = fc.array(fc.uint8Array({ minLength: 1, maxLength: 50_000 }).map((bytes) => Buffer.from(bytes)), { maxLength: 20 })
    await fc.assert(
      fc.asyncProperty(anyPieces, fc.uint8Array({ maxLength: 9 }), fc.nat(3), async (pieces, head, turns) => {
        const { room, held } = world()
        const socket = new PassThrough()
        const out: Buffer[] = []
        const pumped = pumpAhead(
          socket,
          Buffer.from(head),
          async (bytes) => {
            for (let turn = 0; turn < turns; turn++) await nextTurn()
            out.push(bytes)
          },
          room.of('agent'),
        )
        for (const piece of pieces) socket.write(piece)
        socket.end()
        await pumped
        expect(Buffer.concat(out).equals(Buffer.concat([head, ...pieces]))).toBe(true)
        expect(await held()).toBe(0)
      }),
      { numRuns: 60 },
    )
  })
  it('reads on while nothing is taken, within the bounds of a stream and of an agent, and leaves room for others', async () => {
    const { room, held } = world()
    const open = (identity: string): PassThrough => {
      const socket = new PassThrough()
      void pumpAhead(socket, nothing, () => new Promise(() => {}), room.of(identity))
      return socket
    }
    const first = await pour(open('agent'), 100 * MIB)
    expect(first).toBeGreaterThanOrEqual(32 * MIB)
    expect(first).toBeLessThanOrEqual(36 * MIB)
    for (let each = 0; each < 4; each++) await pour(open('agent'), 100 * MIB)
    expect(await held()).toBeLessThanOrEqual(56 * MIB)
    expect(await pour(open('other'), 100 * MIB)).toBeGreaterThanOrEqual(32 * MIB)
  })
  it('ends when the other side breaks off, and throws what taking throws', async () => {
    const { room, held } = world()
    const broken = new PassThrough().on('error', () => {})
    const pumped = pumpAhead(broken, nothing, () => Promise.resolve(), room.of('agent'))
    broken.destroy(new Error('broken off'))
    await pumped
    const error = new Error('cannot be recorded')
    await expect(pumpAhead(new PassThrough(), Buffer.from('head'), () => Promise.reject(error), room.of('agent'))).rejects.toBe(error)
    expect(await held()).toBe(0)
  })
})
