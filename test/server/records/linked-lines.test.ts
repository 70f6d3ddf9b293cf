import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { GENESIS, jsonFields, link, readLine, type Head } from '../../../domain/record/chain.ts'
import { linesOf } from '../../../server/records/linked-lines.ts'

const anyEvent = fc
  .record({
    timeMs: fc.nat(2_000_000_000_000),
    text: fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('\ud800', 'é', '\u0000', '😀')),
    times: fc.oneof(fc.nat(3), fc.nat(60_000)),
  })
  .map(({ timeMs, text, times }) => ({ timeMs, event: jsonFields({ event: 'x', text: text.repeat(times).slice(0, 60_000) }) }))

describe('the lines of events', () => {
  it('are those that link makes one after the other, short and long, and each can be read', () =>
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 20 }), (events) => {
        let head: Head = GENESIS
        let text = ''
        for (const { timeMs, event } of events) {
          const linked = link(head, timeMs, event)
          head = linked.head
          text += linked.line
        }
        const lines = linesOf(GENESIS, events)
        expect(lines.bytes.equals(Buffer.from(text))).toBe(true)
        expect({ count: lines.count, head: lines.head }).toEqual({ count: events.length, head })
        const read = lines.bytes.toString('utf8').split('\n').slice(0, -1)
        expect(read.map((line) => readLine(Buffer.from(line))?.seq)).toEqual(events.map((_, index) => index + 1))
      }),
    ))
})
