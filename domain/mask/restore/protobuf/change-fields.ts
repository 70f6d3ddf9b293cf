/**
 * The minimum of the protobuf wire format that is needed to change fields inside nested messages. Unchanged fields keep their bytes. Throws
 * RestoreError if the input is malformed or uses groups, which Kubernetes does not use.
 */
import { RestoreError } from '../restore-error.ts'

/** A length-delimited field: its number and its content. */
export type ProtobufField = { readonly number: number; readonly value: Buffer }

/** Returns the new content, or undefined to leave the field unchanged. */
export type FieldChange = (field: ProtobufField) => Promise<Buffer | undefined>

const VARINT = 0
const FIXED64 = 1
const LENGTH = 2
const FIXED32 = 5

type Span = { readonly number: number; readonly from: number; readonly valueFrom: number; readonly to: number; readonly delimited: boolean }

/** Returns a message with some of its length-delimited fields changed, length prefixes included. */
export async function changeFields(message: Buffer, change: FieldChange): Promise<Buffer> {
  const parts: Buffer[] = []
  for (const span of spansOf(message)) {
    const value = message.subarray(span.valueFrom, span.to)
    const changed = span.delimited ? await change({ number: span.number, value }) : undefined
    if (changed === undefined) parts.push(message.subarray(span.from, span.to))
    else parts.push(varint(span.number * 8 + LENGTH), varint(changed.length), changed)
  }
  return Buffer.concat(parts)
}

/** Encodes a length-delimited field. */
export function textField(number: number, text: string): Buffer {
  const value = Buffer.from(text)
  return Buffer.concat([varint(number * 8 + LENGTH), varint(value.length), value])
}

/** Returns the last field with a number, as protobuf readers do, or undefined if there is none. */
export function lastField(message: Buffer, number: number): Buffer | undefined {
  const span = spansOf(message).findLast((each) => each.delimited && each.number === number)
  return span === undefined ? undefined : message.subarray(span.valueFrom, span.to)
}

function spansOf(message: Buffer): Span[] {
  const spans: Span[] = []
  let at = 0
  while (at < message.length) {
    const tag = readVarint(message, at)
    const number = Math.floor(tag.value / 8)
    const wire = tag.value % 8
    const { valueFrom, to } = extent(message, tag.to, wire)
    if (to > message.length || number === 0) throw malformed()
    spans.push({ number, from: at, valueFrom, to, delimited: wire === LENGTH })
    at = to
  }
  return spans
}

function extent(message: Buffer, at: number, wire: number): { valueFrom: number; to: number } {
  if (wire === VARINT) return { valueFrom: at, to: readVarint(message, at).to }
  if (wire === FIXED64) return { valueFrom: at, to: at + 8 }
  if (wire === FIXED32) return { valueFrom: at, to: at + 4 }
  if (wire !== LENGTH) throw malformed()
  const length = readVarint(message, at)
  return { valueFrom: length.to, to: length.to + length.value }
}

/** Exact up to 2^53. For a longer varint (a negative number) the length is right and the value wrong, but tags and lengths are never that long. */
function readVarint(message: Buffer, from: number): { value: number; to: number } {
  let value = 0
  for (let at = from; at < Math.min(message.length, from + 10); at++) {
    const byte = message[at] as number
    value += (byte & 0x7f) * 2 ** (7 * (at - from))
    if (byte < 0x80) return { value, to: at + 1 }
  }
  throw malformed()
}

function varint(value: number): Buffer {
  const bytes: number[] = []
  let rest = value
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80)
  bytes.push(rest)
  return Buffer.from(bytes)
}

function malformed(): RestoreError {
  return new RestoreError('the body holds a masked value and is not well-formed protobuf')
}
