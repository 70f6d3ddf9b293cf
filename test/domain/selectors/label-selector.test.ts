import fc from 'fast-check'
import { expect, it, test } from 'vitest'
import { meets, readLabelSelector, type LabelRequirement } from '../../../domain/selectors/label-selector.ts'

/** Both lists were sent to kube-apiserver 1.37 as `labelSelector` of a list of pods: it returned 200 for the first and 400 for the second. */
const GOOD = `app|!app|! app|app=web|app==web|app!=web|app=|app in (a)|app in (a, b)|app notin (a,b),x|in in (in)|notin=in|example.com/a=b
a in (,)|a in (x,)|a in (,x)|a in (x,,y)|a in ()|a>1|a = b , c = d|a=,b|A.b_c-1|a in(b)| a |a>9223372036854775807|a>0000000000000000000001`
const BAD = `=|==|a b|a=b c|a,|,a|a,,b|a in|a in (b|a in b|a=(b)|!a=b|!!a|a>x|a>|a<-2|-a|a-|a/b/c|/a|a>9223372036854775808
a=-b|a=b/c|UPPER.com/a|a=ä|ä|a===b|a=!b|a in (b c)|(a)|a&b|a=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx`
const each = (list: string): readonly string[] => list.split(/[|\n]/)

test.each([...each(GOOD), ''])('%j is a label selector', (selector) => {
  expect(() => readLabelSelector(selector)).not.toThrow()
})

test.each(each(BAD))('%j is not a label selector', (selector) => {
  expect(() => readLabelSelector(selector)).toThrow('labelSelector')
})

const space = fc.constantFrom('', ' ', '\t', ' \r\n')
const name = fc.stringMatching(/^[A-Za-z0-9]([A-Za-z0-9_.-]{0,8}[A-Za-z0-9])?$/)
const key = fc.oneof(
  name,
  fc.constantFrom('in', 'notin', 'exists', 'toString', 'constructor'),
  name.map((text) => `example.com/${text}`),
)
const value = fc.oneof(name, fc.constantFrom('', 'in', 'notin', '7'))
const number = fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }).map(String)

const term: fc.Arbitrary<LabelRequirement> = fc.oneof(
  fc.record({ key, operator: fc.constantFrom('exists' as const, '!' as const), values: fc.constant([]) }),
  fc.record({ key, operator: fc.constantFrom('=' as const, '==' as const, '!=' as const), values: value.map((text) => [text]) }),
  fc.record({ key, operator: fc.constantFrom('>' as const, '<' as const), values: number.map((text) => [text]) }),
  fc.record({ key, operator: fc.constantFrom('in' as const, 'notin' as const), values: fc.array(value, { minLength: 1, maxLength: 4 }) }),
)

/** Writes a term as Requirement.String does, with white space wherever the grammar allows it. */
function written({ key: label, operator, values }: LabelRequirement, gap: string): string {
  if (operator === 'exists') return `${gap}${label}`
  if (operator === '!') return `!${gap}${label}`
  if (operator === 'in' || operator === 'notin') return `${label} ${gap}${operator}${gap}(${gap}${values.join(`${gap},${gap}`)}${gap})`
  return `${label}${gap}${operator}${gap}${values.join()}${gap}`
}

const same = ({ key: label, operator, values }: LabelRequirement): readonly unknown[] => [label, operator, [...new Set(values)].sort()]

it('parses any selector that apimachinery writes to the same terms', () => {
  fc.assert(
    fc.property(fc.array(term, { maxLength: 4 }), space, (terms, gap) => {
      const read = readLabelSelector(terms.map((one) => written(one, gap)).join(`${gap},`))
      expect(read.map(same)).toEqual(terms.map(same))
    }),
  )
})

it('a selector of any characters is refused, or parses to terms that stay the same when written and parsed again', () => {
  const characters = fc.string({ unit: fc.constantFrom(...Array.from('ab1=!(),>< in.-/')), maxLength: 16 })
  fc.assert(
    fc.property(characters, (selector) => {
      let read: readonly LabelRequirement[]
      try {
        read = readLabelSelector(selector)
      } catch (error) {
        expect(error).toMatchObject({ code: 400 })
        return
      }
      expect(readLabelSelector(read.map((one) => written(one, '')).join()).map(same)).toEqual(read.map(same))
    }),
    { numRuns: 2_000 },
  )
})

it('compares 64-bit integers, and nothing else, with > and <', () => {
  const [greater] = readLabelSelector('a>9007199254740992')
  if (greater === undefined) throw new Error('no term')
  expect(meets({ a: '9007199254740993' }, greater)).toBe(true)
  for (const label of ['9007199254740992', '1.5e300', 'x', '', '9223372036854775808']) expect(meets({ a: label }, greater)).toBe(false)
  expect(meets({}, greater)).toBe(false)
})

it('an empty set contains the empty value', () => {
  const [none] = readLabelSelector('a in ()')
  if (none === undefined) throw new Error('no term')
  expect(meets({ a: '' }, none)).toBe(true)
  expect(meets({}, none)).toBe(false)
})

it('refuses a selector that takes long to read, before it is read', () => {
  expect(() => readLabelSelector('a=b,'.repeat(8191) + 'a=b')).not.toThrow()
  expect(() => readLabelSelector('a=b,'.repeat(45_000) + 'a=b')).toThrow('longer than 32768 characters')
})
