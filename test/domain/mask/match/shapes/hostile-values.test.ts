import { expect, it } from 'vitest'
import { partsOf } from '../../../../../domain/mask/match/value-parts.ts'
import { costExponent, LINEAR } from '../../../../measure/processor-cost.ts'

/** A value is searched up to 256 KiB, so larger sizes would not show how the cost grows. */
const SIZES = [1 << 14, 1 << 17] as const

it.each([
  ['beginnings before an end', '-----BEGIN ', '-----END '],
  ['beginnings of certificates before an end', '-----BEGIN CERTIFICATE-----', '-----END '],
  ['beginnings of keys before an end', '-----BEGIN KEY-----', '-----END KEY-----'],
  ['ends of certificates', '-----END CERTIFICATE-----', ''],
  ['hyphens', '-', '-----BEGIN X'],
  ['tags', '<a b="c" ', '>'],
  ['URLs', 'http://a:@,', ''],
  ['comments', 'a: b #"', ''],
])('a value of %s takes linear time', async (_, unit, end) => {
  const learn = (size: number): unknown => partsOf('password', Buffer.from(unit.repeat(size / unit.length) + end))
  expect(await costExponent(learn, SIZES, 3)).toBeLessThan(LINEAR)
})

/** Only the first 4 KiB of a URL count. */
const learnURLs = (size: number): unknown => partsOf('password', Buffer.from(`http://a/${"'".repeat(size)}b,`.repeat(60)))

it('URLs take time that is linear in their length, whatever punctuation they hold', async () => {
  expect(await costExponent(learnURLs, [500, 4000], 3)).toBeLessThan(LINEAR)
})
