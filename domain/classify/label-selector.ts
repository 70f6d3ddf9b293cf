import { StatusError } from '../status-error.ts'
import { lexSelector, type Token } from './label-selector-lexer.ts'

/**
 * Whether apimachinery/pkg/labels/selector.go can parse a label selector. What it says is not needed here; but upstream forgets
 * the name in a field selector when the label selector beside it is malformed, so such a request is not what it seems to be.
 */
export function checkLabelSelector(selector: string): void {
  const tokens = new Tokens(lexSelector(selector))
  for (;;) {
    if (tokens.peek() === 'end' && tokens.isFirst) return
    requirement(tokens)
    const next = tokens.take()
    if (next.kind === 'end') return
    if (next.kind !== ',' || (tokens.peek() !== 'word' && tokens.peek() !== '!')) throw malformed()
  }
}

const malformed = (): StatusError => new StatusError('BadRequest', 'labelSelector: cannot be parsed; write key=value, key in (a,b), key or !key')

/** `in` and `notin` are words too, but where an operator is expected. */
class Tokens {
  readonly #tokens: readonly Token[]
  #at = 0

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens
  }
  get isFirst(): boolean {
    return this.#at === 0
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

function requirement(tokens: Tokens): void {
  const negated = tokens.peek() === '!'
  if (negated) tokens.take()
  const key = tokens.take()
  if (key.kind !== 'word' || !isQualifiedName(key.text)) throw malformed()
  const next = tokens.peek()
  if (next === 'end' || next === ',') return
  if (negated) throw malformed()
  const operator = tokens.take()
  const values = operator.kind === 'word' ? set(operator, tokens) : exact(operator, tokens)
  if (!values.every(isLabelValue)) throw malformed()
}

function exact(operator: Token, tokens: Tokens): readonly string[] {
  if (!['=', '==', '!=', '>', '<'].includes(operator.kind)) throw malformed()
  const ordered = operator.kind === '>' || operator.kind === '<'
  const empty = tokens.peek() === 'end' || tokens.peek() === ','
  const value = empty ? { kind: 'word', text: '' } : tokens.take()
  if (value.kind !== 'word' || (ordered && !/^\d{1,18}$/.test(value.text))) throw malformed()
  return [value.text]
}

/** `in (a,b)`; an empty place between commas is the empty value, `()` is the empty set. */
function set(operator: Token, tokens: Tokens): readonly string[] {
  if (!['in', 'notin'].includes(operator.text) || tokens.take().kind !== '(') throw malformed()
  const values: string[] = []
  let expectsValue = true
  for (;;) {
    const token = tokens.take()
    if (token.kind === ')') return values
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
