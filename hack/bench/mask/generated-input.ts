/** Input of the masking benchmark: generated from a seed, so it is the same on every machine. */
import type { SecretValue } from '../../../domain/mask/masker.ts'

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

/** Mulberry32: a small seeded generator, good enough for samples. */
export function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

export function word(next: () => number, length: number): string {
  return Array.from({ length }, () => LETTERS[Math.floor(next() * LETTERS.length)]).join('')
}

export function secrets(count: number): SecretValue[] {
  const next = random(1)
  return Array.from({ length: count }, (_, index) => ({
    namespace: 'shop',
    secret: `s${index}`,
    key: 'password',
    value: Buffer.from(word(next, 16 + Math.floor(next() * 24))),
  }))
}

/** A SecretList of about this many bytes, as kube-apiserver prints it, with managedFields. */
export function secretList(bytes: number, valueLength: number): Buffer {
  const next = random(2)
  const items: string[] = []
  for (let size = 0, index = 0; size < bytes; index++) {
    const value = Buffer.from(word(next, valueLength)).toString('base64')
    const item = JSON.stringify({
      metadata: {
        name: `secret-${index}`,
        namespace: `ns-${index % 40}`,
        uid: `7c0e6f2a-0000-4000-8000-${String(index).padStart(12, '0')}`,
        resourceVersion: String(100_000 + index),
        creationTimestamp: '2026-03-01T10:00:00Z',
        labels: { app: `app-${index % 100}` },
        managedFields: [
          {
            manager: 'kubectl-create',
            operation: 'Update',
            apiVersion: 'v1',
            time: '2026-03-01T10:00:00Z',
            fieldsType: 'FieldsV1',
            fieldsV1: { 'f:data': { '.': {}, 'f:password': {} }, 'f:type': {} },
          },
        ],
      },
      data: { password: value },
      type: 'Opaque',
    })
    size += item.length + 1
    items.push(item)
  }
  return Buffer.from(`{"kind":"SecretList","apiVersion":"v1","metadata":{"resourceVersion":"9"},"items":[${items.join(',')}]}`)
}

/** Log lines of a web service; `hits` of them quote a known value. */
export function logText(bytes: number, known: readonly SecretValue[], hits: number): Buffer {
  const next = random(3)
  const lines: string[] = []
  for (let size = 0; size < bytes;) {
    const hit = next() < hits ? ` token=${known[Math.floor(next() * known.length)]?.value.toString()}` : ''
    const line = `2026-03-01T10:00:${String(Math.floor(next() * 60)).padStart(2, '0')}.123Z INFO  http GET /api/v1/items/${word(next, 8)} status=200 duration=${Math.floor(next() * 900)}ms user=${word(next, 6)}${hit}\n`
    size += line.length
    lines.push(line)
  }
  return Buffer.from(lines.join(''))
}

/** Text that an attacker writes to slow down the matcher: beginnings of known values in sequence, each cut off late. */
export function hostileText(bytes: number, known: readonly SecretValue[]): Buffer {
  const next = random(4)
  const parts: Buffer[] = []
  for (let size = 0; size < bytes;) {
    const value = known[Math.floor(next() * known.length)]?.value ?? Buffer.alloc(0)
    const part = value.subarray(0, value.length - 1 - Math.floor(next() * 3))
    size += part.length
    parts.push(part)
  }
  return Buffer.concat(parts)
}

/** The first `length` characters of random known values in sequence: each starts a match that fails. */
export function beginningsText(bytes: number, known: readonly SecretValue[], length: number): Buffer {
  const next = random(5)
  const parts: Buffer[] = []
  for (let size = 0; size < bytes; size += length)
    parts.push((known[Math.floor(next() * known.length)]?.value ?? Buffer.alloc(length)).subarray(0, length))
  return Buffer.concat(parts)
}
