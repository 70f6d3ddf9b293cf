import { describe, expect, it } from 'vitest'
import { until } from './until.ts'

describe('until', () => {
  it('returns what the probe finds, and takes an error for not yet', async () => {
    const answers = [() => undefined, () => false, () => expect.fail('not yet'), () => 'found', () => 'too late']
    expect(await until('it is found', () => answers.shift()?.(), { everyMs: 1 })).toBe('found')
    expect(answers).toHaveLength(1)
  })

  it('fails with what did not happen and the last error', async () => {
    const waiting = until('the moon is full', () => Promise.reject(new Error('still waxing')), { seconds: 0, everyMs: 1 })
    await expect(waiting).rejects.toThrow('not within 0 s: the moon is full')
    await expect(waiting).rejects.toHaveProperty('cause.message', 'still waxing')
  })
})
