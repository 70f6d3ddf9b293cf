import { randomBytes } from 'node:crypto'
import { expect, it } from 'vitest'
import { codecs } from '../../../gateway/mask/codecs.ts'

it('unpacks what is as large as charts are', () => {
  const chart = Buffer.from(`${randomBytes(150_000).toString('hex')}${'image: orders\n'.repeat(250_000)}`)
  expect(codecs.gunzip(codecs.gzip(chart))).toEqual(chart)
  const small = Buffer.from('a: b\n'.repeat(50_000))
  expect(codecs.gunzip(codecs.gzip(small))).toEqual(small)
})

it.each([
  ['much of little', Buffer.alloc(1 << 20)],
  ['more than a release holds', randomBytes(13 << 20)],
])('does not unpack %s', (_, bytes) => expect(() => codecs.gunzip(codecs.gzip(bytes))).toThrow(/larger than/))
