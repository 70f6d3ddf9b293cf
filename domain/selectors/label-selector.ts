import { StatusError } from '../status-error.ts'
import { lexSelector, type Token } from './label-selector-lexer.ts'

export type LabelOperator = 'exists' | '!' | 'in' | 'notin' | '=' | '==' | '!=' | '>' | '<'

/** One term of a label selector. `values` is empty for `exists` and `!`, has one element for comparisons, and is a set for `in` and `notin`. */
export type LabelRequirement = { readonly key: string; readonly operator: LabelOperator; readonly values: readonly string[] }

type Labels = { readonly [key: string]: string }

/** Some thousand values, which are read in a few milliseconds. kube-apiserver has no limit but that of the request. */
const MAX_LENGTH = 32_768

/**
 * The terms of a label selector, in the grammar of apimachinery/pkg/labels/selector.go; none for an empty selector. Refuses a NUL, at which upstream
 * stops reading.
 * @throws StatusError BadRequest for a selector that upstream cannot parse
 */
export function readLabelSelector(selector: string): readonly LabelRequirement[] {
  if (selector.length > MAX_LENGTH)
    throw new StatusError('BadRequest', `labelSelector: longer than ${MAX_LENGTH} characters; select with fewer values, or make several requests`)
  const tokens = new Tokens(lexSelector(selector))
  const requirements: LabelRequirement[] = []
  if (tokens.peek() === 'end') return requirements
  for (;;) {
    requirements.push(requirement(tokens))
    const next = tokens.take()
    if (next.kind === 'end') return requirements
    if (next.kind !== ',' || (tokens.peek() !== 'word' && tokens.peek() !== '!')) throw malformed()
  }
}

type Test = (label: string | undefined, values: readonly string[]) => boolean

const isOneOf: Test = (label, values) => label !== undefined && values.includes(label)
const isNoneOf: Test = (label, values) => !isOneOf(label, values)

const ordered =
  (holds: (label: bigint, bound: bigint) => boolean): Test =>
  (label, [value]) => {
    const [number, bound] = [integer(label), integer(value)]
    return number !== undefined && bound !== undefined && holds(number, bound)
  }

/** As in Requirement.Matches: labels without the key match `!=` and `notin`, and match neither `>` nor `<`. */
const TESTS: { readonly [Operator in LabelOperator]: Test } = {
  exists: (label) => label !== undefined,
  '!': (label) => label === undefined,
  '=': isOneOf,
  '==': isOneOf,
  in: isOneOf,
  '!=': isNoneOf,
  notin: isNoneOf,
  '>': ordered((label, bound) => label > bound),
  '<': ordered((label, bound) => label < bound),
}

/** Whether labels match one term. */
export const meets = (labels: Labels, { key, operator, values }: LabelRequirement): boolean =>
  TESTS[operator](Object.hasOwn(labels, key) ? labels[key] : undefined, values)

const malformed = (): StatusError => new StatusError('BadRequest', 'labelSelector: cannot be parsed; write key=value, key in (a,b), key or !key')

/** `in` and `notin` are also words, except where an operator is expected. */
class Tokens {
  readonly #tokens: readonly Token[]
  #at = 0

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens
  }
  peek(): Token['kind'] {
    return this.#tokens[this.#at]?.kind ?? 'end'
  }
  take(): Token {
    const token = this.#tokens[this.#at] ?? { kind: 'end', text: '' }
    this.#at += 1
    return token
  }
}

function keyOf(tokens: Tokens): string {
  const { kind, text } = tokens.take()
  if (kind !== 'word' || !isQualifiedName(text)) throw malformed()
  return text
}

function requirement(tokens: Tokens): LabelRequirement {
  if (tokens.peek() === '!') {
    tokens.take()
    return { key: keyOf(tokens), operator: '!', values: [] }
  }
  const key = keyOf(tokens)
  if (tokens.peek() === 'end' || tokens.peek() === ',') return { key, operator: 'exists', values: [] }
  const operator = tokens.take().text
  if (!isOperator(operator)) throw malformed()
  const values = operator === 'in' || operator === 'notin' ? set(tokens) : exact(operator, tokens)
  if (!values.every(isLabelValue)) throw malformed()
  return { key, operator, values }
}

const OPERATORS: readonly string[] = ['in', 'notin', '=', '==', '!=', '>', '<'] satisfies readonly LabelOperator[]
const isOperator = (text: string): text is LabelOperator => OPERATORS.includes(text)

function exact(operator: LabelOperator, tokens: Tokens): readonly string[] {
  const empty = tokens.peek() === 'end' || tokens.peek() === ','
  const value = empty ? { kind: 'word', text: '' } : tokens.take()
  const isOrdered = operator === '>' || operator === '<'
  if (value.kind !== 'word' || (isOrdered && integer(value.text) === undefined)) throw malformed()
  return [value.text]
}

const MAX_INT64 = 2n ** 63n - 1n

/** A 64-bit integer, as strconv.ParseInt parses it. No label value begins with a sign. */
function integer(text = ''): bigint | undefined {
  const number = /^[0-9]+$/.test(text) ? BigInt(text) : undefined
  return number !== undefined && number <= MAX_INT64 ? number : undefined
}

/** `in (a,b)`. A missing value between commas is the empty value, and so is `()`. */
function set(tokens: Tokens): readonly string[] {
  if (tokens.take().kind !== '(') throw malformed()
  const values: string[] = []
  let expectsValue = true
  for (;;) {
    const token = tokens.take()
    if (token.kind === ')') return values.length === 0 ? [''] : values
    if (token.kind === ',') {
      if (expectsValue) values.push('')
      expectsValue = true
      if (tokens.peek() === ')') values.push('')
      continue
    }
    if (token.kind !== 'word' || !expectsValue) throw malformed()
    values.push(token.text)
    expectsValue = false
  }
}

const NAME = /^(?:[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?)$/
const SUBDOMAIN = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:[.][a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/

/** apimachinery/pkg/util/validation IsQualifiedName: `[prefix/]name`. */
function isQualifiedName(key: string): boolean {
  const [first = '', second, ...more] = key.split('/')
  if (more.length > 0) return false
  return second === undefined ? NAME.test(first) : first.length <= 253 && SUBDOMAIN.test(first) && NAME.test(second)
}

const isLabelValue = (value: string): boolean => value === '' || NAME.test(value)
