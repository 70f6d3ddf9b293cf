import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { IssuerConfig } from '../../../gateway/authenticate/issuer-config.ts'
import { createReloadingAuthenticator } from '../../../gateway/authenticate/reloading-authenticator.ts'

const issuer = (name: string): IssuerConfig => ({ issuer: `https://${name}.example` }) as IssuerConfig
const ROUND_MS = 5_000

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function reloading(read: () => Promise<readonly IssuerConfig[]>) {
  const made: (readonly IssuerConfig[])[] = []
  const changes: number[] = []
  const errors: unknown[] = []
  const { authenticate, stop } = createReloadingAuthenticator([issuer('a')], {
    read,
    // Each authenticator names the issuers that it was made of.
    make: (issuers) => {
      made.push(issuers)
      return () => Promise.reject(new Error(issuers.map((each) => each.issuer).join()))
    },
    onChange: (count) => void changes.push(count),
    onError: (error) => void errors.push(error),
  })
  const used = async (): Promise<string> => await authenticate('').then(String, (error: Error) => error.message)
  return { used, stop, made, changes, errors }
}

describe('issuers that are reloaded', () => {
  it('keeps the authenticator while the issuers are the same, since a new one forgets its cached tokens', async () => {
    const { used, made, changes } = reloading(() => Promise.resolve([issuer('a')]))
    await vi.advanceTimersByTimeAsync(3 * ROUND_MS)
    expect(made).toHaveLength(1)
    expect(changes).toEqual([])
    expect(await used()).toBe('https://a.example')
  })
  it('uses changed issuers from the next round on, and says once how many there are', async () => {
    const { used, changes } = reloading(() => Promise.resolve([issuer('b'), issuer('c')]))
    await vi.advanceTimersByTimeAsync(3 * ROUND_MS)
    expect(await used()).toBe('https://b.example,https://c.example')
    expect(changes).toEqual([2])
  })
  it('keeps the issuers in use while they cannot be read, reports it each time, and recovers', async () => {
    let broken = true
    const { used, errors, changes } = reloading(() => (broken ? Promise.reject(new Error('EACCES')) : Promise.resolve([issuer('b')])))
    await vi.advanceTimersByTimeAsync(2 * ROUND_MS)
    expect(await used()).toBe('https://a.example')
    expect(errors).toHaveLength(2)
    broken = false
    await vi.advanceTimersByTimeAsync(ROUND_MS)
    expect(await used()).toBe('https://b.example')
    expect(changes).toEqual([1])
  })
  it('reads no more once it is stopped', async () => {
    const read = vi.fn(() => Promise.resolve([issuer('b')]))
    const { stop } = reloading(read)
    stop()
    await vi.advanceTimersByTimeAsync(3 * ROUND_MS)
    expect(read).not.toHaveBeenCalled()
  })
})
