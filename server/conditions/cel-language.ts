import { Environment, type ASTNode } from '@marcbachmann/cel-js'
import { LRUCache } from 'lru-cache'
import { isNode } from './cel-fields.ts'
import { createMeter, type CelBudget } from './cel-budget.ts'
import { linearPattern, linearPatternProblem } from './linear-pattern.ts'

type Variables = { readonly [name: string]: unknown }
type Compiled = ((variables: Variables) => unknown) & { readonly ast: ASTNode }

/** Replaces `matches`, whose built-in implementation the text of an agent could keep busy for years. */
const LINEAR = 'matchesInLinearTime'
/** Maximum number of cached compiled expressions: policies contain a few hundred at most. */
const CACHE_SIZE = 1024

type Matching = { readonly receiver: ASTNode; readonly pattern: ASTNode }

/** All calls of `matches` in the expression. */
function matchings(at: unknown): readonly Matching[] {
  if (Array.isArray(at)) return at.flatMap(matchings)
  if (!isNode(at)) return []
  const inner = matchings(at.args)
  if (at.op !== 'rcall' && at.op !== 'call') return inner
  const [name, receiver, args] = at.args as readonly unknown[]
  if (name !== 'matches') return inner
  const [pattern] = Array.isArray(args) ? (args as readonly unknown[]) : []
  if (!isNode(receiver) || !isNode(pattern)) throw new SyntaxError('matches takes a text and a pattern')
  return [...inner, { receiver, pattern }]
}

/** The text of an expression with each `matches` replaced, found by its position. @throws Error when one cannot be replaced */
function withLinearMatches(text: string, found: readonly Matching[]): string {
  for (const { pattern } of found) {
    const problem = pattern.op === 'value' && typeof pattern.args === 'string' ? linearPatternProblem(pattern.args) : undefined
    if (problem !== undefined) throw new SyntaxError(problem)
  }
  let replaced = text
  for (const { receiver, pattern } of found.toSorted((a, b) => b.pattern.start - a.pattern.start)) {
    const at = replaced.lastIndexOf('matches', pattern.start)
    if (at < receiver.end) throw new SyntaxError('matches cannot be found')
    replaced = `${replaced.slice(0, at)}${LINEAR}${replaced.slice(at + 'matches'.length)}`
  }
  return replaced
}

const firstLine = (message: string): string => (message.split('\n')[0] ?? '').replaceAll(LINEAR, 'matches')

/** What is wrong with an expression, for people: one line. */
export const messageOf = (error: unknown): string => (error instanceof Error ? firstLine(error.message) : 'cannot be read')

/** CEL over a fixed set of variables, with `matches` in linear time and a budget of steps. */
export type Language = {
  /** Validation message for an expression. Undefined when it is valid. An expression that cannot be a boolean is invalid. */
  problem(text: string): string | undefined
  /** @throws Error when the expression cannot be parsed */
  ast(text: string): ASTNode
  /**
   * Evaluates an expression. A variable that is left out is unknown: an expression whose result depends on it is an error.
   * @throws Error when the expression cannot be parsed or evaluated, or is not a boolean; TooExpensiveError when the budget is used up
   */
  evaluate(text: string, variables: Variables, budget: CelBudget): boolean
}

/**
 * @param untyped the variables for evaluation, which does not copy them
 * @param typed the same variables with typed fields, so that unknown fields are detected
 */
export function createLanguage(untyped: Environment, typed: Environment): Language {
  const environment = untyped.registerFunction(`string.${LINEAR}(string): bool`, (text: string, pattern: string) => {
    meter.charge(text.length)
    return linearPattern(pattern)(text)
  })
  const meter = createMeter(environment)
  const compiled = new LRUCache<string, Compiled>({ max: CACHE_SIZE })

  const parse = (text: string): Compiled => {
    const parsed = environment.parse(text)
    const found = matchings(parsed.ast)
    if (found.length === 0) return parsed as Compiled
    const rewritten = environment.parse(withLinearMatches(text, found))
    if (matchings(rewritten.ast).length > 0) throw new SyntaxError('matches cannot be distinguished from the text around it')
    return rewritten as Compiled
  }
  const compile = (text: string): Compiled => {
    const known = compiled.get(text)
    if (known !== undefined) return known
    const fresh = parse(text)
    compiled.set(text, fresh)
    return fresh
  }

  return {
    problem: (text) => {
      try {
        parse(text)
        const checked = typed.check(text)
        if (!checked.valid) return firstLine(checked.error?.message ?? 'does not type-check')
        return checked.type === 'bool' || checked.type === 'dyn' ? undefined : `gives ${checked.type ?? 'nothing'}, not a boolean`
      } catch (error) {
        return messageOf(error)
      }
    },
    ast: (text) => environment.parse(text).ast,
    evaluate: (text, variables, budget) => {
      const expression = compile(text)
      const result: unknown = meter.within(budget, expression.ast, () => expression(variables))
      if (typeof result !== 'boolean') throw new TypeError('the condition did not return a boolean')
      return result
    },
  }
}
