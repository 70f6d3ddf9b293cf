import { expect, it } from 'vitest'
import { printObjects } from '../../../cli/terminal/listing.ts'
import { printAs } from '../../../cli/terminal/print-as.ts'
import { fakeIO } from '../../fakes/io.ts'
import { requestOf } from '../requests.ts'

const request = requestOf()
const whole = { ...request, metadata: { ...request.metadata, managedFields: [{ manager: 'x' }] } }

it.each(['json', 'yaml'] as const)('prints objects without managedFields, and nothing else less, as %s', (format) => {
  const [one, bare, list] = [fakeIO(), fakeIO(), fakeIO()]
  printAs(one, format, whole)
  printAs(bare, format, request)
  expect(one.printed()).toBe(bare.printed())
  printObjects(list, format, { kind: 'AccessRequest', items: [whole] })
  expect(list.printed()).toContain('ask')
  expect(list.printed()).not.toContain('managedFields')
})
