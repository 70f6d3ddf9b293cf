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

export async function importProblems(root: string): Promise<readonly string[]> {
  const { options, ...ruleSet } = createRequire(import.meta.url)(join(root, '.dependency-cruiser.cjs')) as RuleFile
  const folders = SOURCE_FOLDERS.filter((folder) => existsSync(join(root, folder)))
  const { output } = await cruise([...folders], { ...options, baseDir: root, validate: true, ruleSet })
  if (typeof output === 'string') return [output]
  return problemsOf(output)
}
