import { describe, expect, it } from 'vitest'
import { networkOf, siteOf } from '../../../server/http/client-network.ts'

describe('a client', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2', '2001:db8:1'],
    ['2001:0DB8:0001::6', '2001:db8:1:0', '2001:db8:1'],
    ['2001:db8::1', '2001:db8:0:0', '2001:db8:0'],
    ['::1', '0:0:0:0', '0:0:0'],
    ['', '', ''],
  ])('%s is in one network and one site', (address, network, site) => expect([networkOf(address), siteOf(address)]).toEqual([network, site]))
})
