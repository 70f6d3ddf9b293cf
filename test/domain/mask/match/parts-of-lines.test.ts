import { expect, it } from 'vitest'
import { partsOf } from '../../../../domain/mask/match/value-parts.ts'
import { costExponent, LINEAR } from '../../../measure/processor-cost.ts'

const textsOf = (value: string, name: string, strong: boolean): string[] =>
  partsOf(name, Buffer.from(value))
    .parts.filter((part) => part.strong === strong)
    .map(({ bytes }) => bytes.toString())

it.each([
  'LOG_FORMAT=%h %l %u %t\nPASSWORD=correct-horse-battery-staple\n',
  'host=$HOST log=$FORMAT password=correct-horse-battery-staple',
  '{path: ^/api/(.*)$, password: correct-horse-battery-staple}',
])('a passphrase is strong beside a format or an expression: %j', (value) =>
  expect(textsOf(value, 'data', true)).toEqual(['correct-horse-battery-staple']),
)

it('a switch is not weak, also under the name of a credential', () => {
  expect(['none', 'True', 'enabled', 'nothing'].flatMap((value) => textsOf(value, 'password', false))).toEqual(['nothing'])
  expect(textsOf('AUTH_TOKEN=none\nAPI_TOKEN=changeme\n', 'data', false)).toEqual(['changeme'])
})

it.each<readonly [string, number, (size: number) => string]>([
  ['blanks in a field', 1 << 13, (size) => `a=b;${' '.repeat(size)}x`],
  ['blanks around the name of a field', 1 << 13, (size) => `a=b;${' '.repeat(size / 2)}a${' '.repeat(size / 2)};x=1`],
  ['comments before a quote', 1 << 16, (size) => `a=b${' #'.repeat(size / 2)}"`],
])('takes time at most linear in %s', async (_, size, text) => {
  expect(await costExponent((each) => partsOf('data', Buffer.from(text(each))), [size / 8, size])).toBeLessThan(LINEAR)
})
