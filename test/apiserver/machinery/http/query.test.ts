import { expect, it } from 'vitest'
import { writeOptions } from '../../../../apiserver/machinery/http/query.ts'

const managerOf = (userAgent: string, query = ''): string => writeOptions(new URLSearchParams(query), 'UpdateOptions', userAgent).fieldManager

it('the field manager is the program of the user agent unless it is given, without what a terminal could take for a command', () => {
  expect(managerOf('kubectl/v1.34 (linux/amd64)')).toBe('kubectl')
  expect(managerOf('kubectl/v1.34', 'fieldManager=me')).toBe('me')
  expect(managerOf('a\u009b2J\tb\u001b[1m/1')).toBe('a2Jb[1m')
})
