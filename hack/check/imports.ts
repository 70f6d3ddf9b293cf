import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { cruise, type ICruiseOptions, type ICruiseResult } from 'dependency-cruiser'
import { SOURCE_FOLDERS } from './folders.ts'

type RuleFile = ICruiseOptions['ruleSet'] & { readonly options: ICruiseOptions }

/** The violations that a cruise found. A cruise that saw no module is a violation too: a broken glob would otherwise pass. */
export function problemsOf(result: ICruiseResult): readonly string[] {
  const { violations, totalCruised, totalDependenciesCruised } = result.summary
  if (totalCruised === 0 || (totalDependenciesCruised ?? 0) === 0) return ['no module or no import was cruised: the configuration is broken']
  return violations.filter(({ rule }) => rule.severity === 'error').map(({ rule, from, to }) => `${rule.name}: ${from} → ${to}`)
}

type Patterns = { readonly path?: string | readonly string[]; readonly pathNot?: string | readonly string[] }
type Rules = { readonly [list in 'allowed' | 'forbidden']?: readonly { readonly from?: object; readonly to?: object }[] }

/**
 * Patterns of the rules that match no file and no imported name. Such a rule checks nothing: what it named has moved. A pattern with a reference to a
 * group of another one cannot be judged alone and is left out.
 */
export function deadPatterns({ allowed = [], forbidden = [] }: Rules, names: readonly string[]): readonly string[] {
  const patterns = [...allowed, ...forbidden]
    .flatMap(({ from = {}, to = {} }) => [from, to] as readonly Patterns[])
    .flatMap(({ path = [], pathNot = [] }) => [path, pathNot].flat())
    .filter((pattern) => !/\$\d/.test(pattern))
  return [...new Set(patterns)].filter((pattern) => !names.some((name) => new RegExp(pattern).test(name)))
}

/** Every cruised file, and everything that one imports. */
const namesIn = ({ modules }: ICruiseResult): readonly string[] =>
  modules.flatMap(({ source, dependencies }) => [source, ...dependencies.map(({ resolved }) => resolved)])

export async function importProblems(root: string): Promise<readonly string[]> {
  const { options, ...ruleSet } = createRequire(import.meta.url)(join(root, '.dependency-cruiser.cjs')) as RuleFile
  const folders = SOURCE_FOLDERS.filter((folder) => existsSync(join(root, folder)))
  const { output } = await cruise([...folders], { ...options, baseDir: root, validate: true, ruleSet })
  if (typeof output === 'string') return [output]
  const dead = deadPatterns(ruleSet, namesIn(output)).map((pattern) => `no file or import matches ${pattern}: the rule checks nothing`)
  return [...problemsOf(output), ...dead]
}
