import { expect, it } from 'vitest'
import { isForbiddenAddress } from '../../../../controller/notify/channels/address-guard.ts'

it.each([
  '127.0.0.1',
  '169.254.169.254',
  '0.0.0.0',
  '::1',
  '::',
  'fe80::1',
  '::ffff:127.0.0.1',
  '::ffff:a9fe:a9fe',
  '::127.0.0.1',
  '64:ff9b::127.0.0.1',
  '64:ff9b::a9fe:a9fe',
])('no receiver has the address %s', (address) => expect(isForbiddenAddress(address)).toBe(true))

it.each(['10.0.0.1', '192.0.2.1', '::ffff:10.0.0.1', '2001:db8::1', 'fd00::1', '64:ff9b::10.0.0.1', '64:ff9b::192.0.2.1'])(
  'a receiver may have the address %s',
  (address) => expect(isForbiddenAddress(address)).toBe(false),
)
