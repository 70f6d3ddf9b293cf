import { describe, expect, it } from 'vitest'
import { checkPasskeys, relyingPartyOf } from '../../apiserver/passkeys-config.ts'
import { ConfigError } from '../../server/config.ts'

describe('the configuration of passkeys', () => {
  it.each([
    [{ consoleURL: 'https://console.example.com' }, { origin: 'https://console.example.com', rpID: 'console.example.com' }],
    [{ consoleURL: 'https://Console.Example.com:443' }, { origin: 'https://console.example.com', rpID: 'console.example.com' }],
    [{ consoleURL: 'https://localhost:8443' }, { origin: 'https://localhost:8443', rpID: 'localhost' }],
    [
      { consoleURL: 'https://console.example.com', rpID: 'example.com' },
      { origin: 'https://console.example.com', rpID: 'example.com' },
    ],
  ])('%j', (config, passkeys) => {
    expect(() => checkPasskeys('f', config)).not.toThrow()
    expect(relyingPartyOf(config)).toEqual({ passkeys })
  })
  it('none by default', () => expect(relyingPartyOf(undefined)).toEqual({}))
  it.each([
    { consoleURL: 'https://10.0.0.1' },
    { consoleURL: 'https://10.0.0.1:8443' },
    { consoleURL: 'https://console.example.com', rpID: 'other.example.com' },
    { consoleURL: 'https://console.example.com', rpID: 'sole.example.com' },
    { consoleURL: 'https://console.example.com', rpID: 'com' },
    { consoleURL: 'https://console.example.com:99999' },
  ])('refuses %j', (config) => expect(() => checkPasskeys('f', config)).toThrow(ConfigError))
})
