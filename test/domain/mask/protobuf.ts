/** A minimal protobuf writer: tags, lengths and bytes. */
export const varint = (value: number): Buffer =>
  value < 0x80 ? Buffer.from([value]) : Buffer.concat([Buffer.from([(value & 0x7f) | 0x80]), varint(value >>> 7)])

export const field = (number: number, ...parts: readonly (Buffer | string)[]): Buffer => {
  const value = Buffer.concat(parts.map((part) => Buffer.from(part)))
  return Buffer.concat([varint(number * 8 + 2), varint(value.length), value])
}

export const number = (at: number, value: number) => Buffer.concat([varint(at * 8), varint(value)])
export const entry = (key: string, value: Buffer | string) => [field(1, key), field(2, value)]
export const envelope = (object: Buffer) =>
  Buffer.concat([Buffer.from('k8s\0'), field(1, field(1, 'v1'), field(2, 'Secret')), field(2, object), field(3), field(4)])
