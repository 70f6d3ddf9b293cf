import { expect, it } from 'vitest'
import { exitCodes } from '../../../cli/certify/help-codes.ts'

it('lists the codes of every command and those of one, in lines that fit', () => {
  expect(exitCodes()).toBe('Exit codes: 0 done, 1 unexpected error, 2 wrong usage')
  expect(exitCodes(4, 7, 9, 10)).toBe(`Exit codes: 0 done, 1 unexpected error, 2 wrong usage, 4 it has ended and can no longer be decided,
            7 the records do not verify, 9 you already approved it, and that approval is unchanged,
            10 of several, some succeeded and some failed`)
})
