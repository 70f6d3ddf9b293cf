import { findClaim } from '../../server/claims/find-claim.ts'
import { problemOfName } from '../../server/claims/name-in-claim.ts'
import { ExchangeRefused } from './refused.ts'

/** Text, after claims with text between them. */
type Template = { readonly prefix: string; readonly parts: readonly { readonly claim: string; readonly after: string }[] }

const PLACEHOLDER = /\{([^{}]+)\}([^{}]*)/g

function parse(template: string): Template {
  const start = template.indexOf('{')
  const prefix = start < 0 ? template : template.slice(0, start)
  const rest = start < 0 ? '' : template.slice(start)
  return { prefix, parts: [...rest.matchAll(PLACEHOLDER)].map(([, claim = '', after = '']) => ({ claim, after })) }
}

const rendered = ({ prefix, parts }: Template): string => `${prefix}${parts.map(({ claim, after }) => `{${claim}}${after}`).join('')}`

/** What every name of a template begins with. */
export const prefixOfTemplate = (template: string): string => parse(template).prefix

/** What is wrong with a template; undefined when it is valid. */
export function templateProblem(template: string): string | undefined {
  const parsed = parse(template)
  if (rendered(parsed) !== template) return 'has a brace without its pair'
  if (!/[:#/]$/.test(parsed.parts.length === 0 ? parsed.prefix.replace(/[^:#/]+$/, '') : parsed.prefix))
    return 'must begin with a prefix that ends in ":", "#" or "/", for example "ci:"'
  if (parsed.parts.slice(0, -1).some(({ after }) => after === '')) return 'needs text between two claims, so that no two tokens get the same name'
  return undefined
}

/**
 * The name of the bearer of verified claims. A claim before another may not contain the text between them: two repositories and branches with the same
 * text in all would be the same agent.
 * @throws ExchangeRefused
 */
export function nameOf(template: string, claims: object): string {
  const { prefix, parts } = parse(template)
  let name = prefix
  for (const [index, { claim, after }] of parts.entries()) {
    const value = findClaim(claims, claim)
    if (typeof value !== 'string' || value === '') throw new ExchangeRefused(`the claim ${claim} is missing or not a text`)
    if (index < parts.length - 1 && `${value}${after}`.indexOf(after) !== value.length)
      throw new ExchangeRefused(`the claim ${claim} contains ${JSON.stringify(after)}, which ends it in the name`)
    name += `${value}${after}`
  }
  const problem = problemOfName(name, '')
  if (problem !== undefined) throw new ExchangeRefused(`the name of the agent ${problem}`)
  return name
}
