import { describe, expect, it } from 'vitest'
import { readFrontProxyConfig } from '../../../kube/authentication/front-proxy-config.ts'

const CA = '-----BEGIN CERTIFICATE-----\nfront\n-----END CERTIFICATE-----\n'
const CLIENT_CA = '-----BEGIN CERTIFICATE-----\nclients\n-----END CERTIFICATE-----\n'
const data = {
  'client-ca-file': CLIENT_CA,
  'requestheader-client-ca-file': CA,
  'requestheader-allowed-names': '["front-proxy-client"]',
  'requestheader-username-headers': '["X-Remote-User"]',
  'requestheader-group-headers': '["X-Remote-Group"]',
  'requestheader-extra-headers-prefix': '["X-Remote-Extra-"]',
}

describe('the configuration of the front proxy', () => {
  it('has header names in lower case, as Node reads them', () => {
    expect(readFrontProxyConfig(data)).toEqual({
      ca: CA,
      allowedNames: new Set(['front-proxy-client']),
      usernameHeaders: ['x-remote-user'],
      uidHeaders: [],
      groupHeaders: ['x-remote-group'],
      extraPrefixes: ['x-remote-extra-'],
    })
  })

  it.each<readonly [string, { readonly [key: string]: string }, string]>([
    ['no CA', { 'requestheader-client-ca-file': '' }, 'the aggregation layer is off'],
    ['a CA without a certificate', { 'requestheader-client-ca-file': 'front' }, 'the aggregation layer is off'],
    ['the client CA as its CA', { 'requestheader-client-ca-file': `${CLIENT_CA}\n` }, 'every client could name any user'],
    ['no allowed names', { 'requestheader-allowed-names': '[]' }, 'every certificate of the CA could name any user'],
    ['allowed names that are not a list', { 'requestheader-allowed-names': '"front-proxy-client"' }, 'is not a list of strings'],
    ['allowed names that are not strings', { 'requestheader-allowed-names': '[1]' }, 'is not a list of strings'],
    ['headers that are not a list', { 'requestheader-username-headers': '{}' }, 'is not a list of strings'],
  ])('is refused with %s', (_, changes, message) => {
    expect(() => readFrontProxyConfig({ ...data, ...changes })).toThrow(message)
  })

  it('is refused without the list of allowed names', () => {
    const { 'requestheader-allowed-names': _, ...rest } = data
    expect(() => readFrontProxyConfig(rest)).toThrow('requestheader-allowed-names is empty')
  })
})
