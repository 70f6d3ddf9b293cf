import fc from 'fast-check'
import { PassThrough } from 'node:stream'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { Registry } from 'prom-client'
import { describe, expect, it } from 'vitest'
import { createReadAheadRoom } from '../../../gateway/byte-room.ts'
import { pumpAhead } from '../../../gateway/stream/read-ahead.ts'

const PIECE = 64 * 1024
const LIMITS = { ofIdentity: 16 * PIECE, ofAll: 64 * PIECE }
/** A small amount: a sixteenth of the limit for an agent. */
const LITTLE = PIECE
/** Allowed excess over the limit: one batch for each stream, and the buffer of a Node stream. */
const SLACK = 8 * PIECE
const nothing = Buffer.alloc(0)

async function heldOf(registry: Registry): Promise<number> {
  const metric = await registry.getSingleMetric('jit_gateway_read_ahead_bytes')?.get()
  return metric?.values[0]?.value ?? Number.NaN
}

function setup() {
  const registry = new Registry()
  return { room: createReadAheadRoom(registry, LIMITS), held: () => heldOf(registry) }
}

/** Writes while the socket accepts data, up to a maximum. Returns the number of bytes written. */
async function pour(socket: PassThrough, most: number): Promise<number> {
  let poured = 0
  for (let refused = 0; poured < most && refused < 5;) {
    if (socket.writableNeedDrain) refused++
    else {
      socket.write(Buffer.alloc(PIECE))
      poured += PIECE
      refused = 0
    }
    await nextTurn()
  }
  return poured
}

describe('reading ahead', () => {
  it('passes on every byte in order, however it arrives and however slowly it is taken, and frees its room at the end', async () => {
    const anyPieces = fc.array(
      fc.uint8Array({ minLength: 1, maxLength: 50_000 }).map((bytes) => Buffer.from(bytes)),
      { maxLength: 20 },
    )
    await fc.assert(
      fc.asyncProperty(anyPieces, fc.uint8Array({ maxLength: 9 }), fc.nat(3), async (pieces, head, turns) => {
        const { room, held } = setup()
        const socket = new PassThrough().pause() // as a previous owner may leave it
        const out: Buffer[] = []
        const pumped = pumpAhead({ socket, head: Buffer.from(head) }, room.of('agent'), async (bytes) => {
          for (let turn = 0; turn < turns; turn++) await nextTurn()
          out.push(bytes)
        })
        for (const piece of pieces) socket.write(piece)
        socket.end()
        await pumped
        expect(Buffer.concat(out).equals(Buffer.concat([head, ...pieces]))).toBe(true)
        expect(await held()).toBe(0)
      }),
      { numRuns: 60 },
    )
  })
  it('reads ahead while nothing is taken, within the limits for each agent and for all, and leaves room for streams that hold little', async () => {
    const { room, held } = setup()
    const fill = async (identity: string): Promise<number> => {
      const socket = new PassThrough()
      void pumpAhead({ socket, head: nothing }, room.of(identity), () => new Promise(() => {}))
      return await pour(socket, 100 * PIECE)
    }
    expect(await fill('agent')).toBeGreaterThanOrEqual(LIMITS.ofIdentity)
    await fill('agent')
    expect(await held()).toBeLessThanOrEqual(LIMITS.ofIdentity + SLACK)
    for (let each = 0; each < 2; each++) await fill(`agent ${each}`)
    expect(await held()).toBeLessThanOrEqual((LIMITS.ofAll * 3) / 4 + LITTLE + SLACK)
    expect(await fill('who comes last')).toBeGreaterThanOrEqual(LITTLE)
    for (let each = 0; each < 9; each++) await fill(`another ${each}`)
    expect(await held()).toBeLessThanOrEqual(LIMITS.ofAll + 16 * PIECE)
  })
  it('ends when the socket breaks, and throws what the consumer throws', async () => {
    const { room, held } = setup()
    const broken = new PassThrough().on('error', () => {})
    const pumped = pumpAhead({ socket: broken, head: nothing }, room.of('agent'), () => Promise.resolve())
    broken.destroy(new Error('broken off'))
    await pumped
    const error = new Error('cannot be recorded')
    const head = Buffer.from('head')
    await expect(pumpAhead({ socket: new PassThrough(), head }, room.of('agent'), () => Promise.reject(error))).rejects.toBe(error)
    expect(await held()).toBe(0)
  })
})
