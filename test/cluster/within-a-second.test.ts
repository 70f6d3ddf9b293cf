import { describe, expect, it } from 'vitest'
import { expectWithinASecond } from './within-a-second.ts'

describe('an effect within a second', () => {
  it('may be late in some rounds', async () => {
    const rounds = [
      { cause: 10, effect: 1500 },
      { cause: 10, effect: 900 },
    ]
    await expectWithinASecond(() => Promise.resolve(rounds.shift() ?? expect.fail('one round too many')))
  })

  it('may take as long as its cause', () => expectWithinASecond(() => Promise.resolve({ cause: 3000, effect: 2900 })))

  it('may not be late in every round', async () => {
    await expect(expectWithinASecond(() => Promise.resolve({ cause: 10, effect: 1500 }))).rejects.toThrow('never within a second')
  })
})
