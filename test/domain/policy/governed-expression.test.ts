import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { governedExpression, governedNames } from '../../../domain/policy/governed-expression.ts'
import { AGENTS_CEL } from '../../../domain/policy/never-governed.ts'

const names = fc.array(fc.string({ unit: 'binary', maxLength: 12 }), { maxLength: 4 })

describe('the condition of the webhook', () => {
  it('contains the names that it was made of', () => {
    fc.assert(
      fc.property(names, names, (users, groups) => {
        expect(governedNames(governedExpression({ users, groups }))).toEqual({ users, groups })
      }),
    )
  })

  it.each([
    ['a conjunction that drops the names', (text: string) => `${text} && false`],
    ['a conjunction before the names', (text: string) => text.replace(' || ((', ' && ((')],
    ['a ternary', (text: string) => `${text} ? false : true`],
    ['another alternative', (text: string) => `${text} || true`],
    ['a name that ends its literal', (text: string) => text.replace("'oidc:agent'", "'' + 'oidc:agent'")],
    ['a negation', (text: string) => `!(${text})`],
    ['other exempt users', (text: string) => text.replace("startsWith('system:')", "startsWith('')")],
    ['a code point that does not exist', (text: string) => text.replace("'oidc:agent'", String.raw`'\\Uffffffff'`)],
    ['a comment', (text: string) => `${text} // x`],
    ['a line behind it', (text: string) => `${text}\n|| true`],
    ['nothing', () => ''],
    ['only one of the two signs of agents', () => AGENTS_CEL.split(' || ')[0] ?? ''],
  ])('is not recognized with %s', (_, change) => {
    const text = governedExpression({ users: ['oidc:agent'], groups: ['oidc:agents'] })
    expect(change(text)).not.toBe(text)
    expect(governedNames(change(text))).toBeUndefined()
  })
})
