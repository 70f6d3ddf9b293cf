import { dictionary } from '@zxcvbn-ts/language-common'
import { expect, it } from 'vitest'
import { isUsualPassword } from '../../../../../domain/mask/match/strength/vocabulary.ts'

/** The same module another time, with the same packages. */
const again = '../../../../../domain/mask/match/strength/vocabulary.ts?again'

it('is not made of lists that are empty, with which passwords that everybody uses would count as strong', async () => {
  expect(isUsualPassword('password')).toBe(true)
  expect(dictionary['passwords-common']).toEqual([])
  await expect(import(again)).rejects.toThrow('the lists of words are empty')
})
