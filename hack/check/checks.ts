import { fileNameProblems } from './file-names.ts'
import { sizeProblems } from './file-size.ts'
import { importProblems } from './imports.ts'
import { languageProblems } from './language.ts'
import { manifestProblems } from './manifests.ts'
import { referenceProblems } from './reference.ts'
import { testPlaceProblems } from './test-places.ts'
import { typeNameProblems } from './type-names.ts'

/** One check: a tool that fails by its exit code, or a function that lists the problems. */
export type Check = { readonly name: string; readonly description: string } & (
  { readonly tool: string; readonly args: readonly string[] } | { readonly problems: (root: string) => Promise<readonly string[]> }
)

export const checks: readonly Check[] = [
  { name: 'types', description: 'tsc accepts every file', tool: 'tsc', args: ['--pretty', 'false'] },
  { name: 'browser', description: 'tsc accepts the scripts of the pages', tool: 'tsc', args: ['--pretty', 'false', '-p', 'console/browser'] },
  { name: 'lint', description: 'oxlint with types finds nothing', tool: 'oxlint', args: ['--type-aware', '--format=unix'] },
  { name: 'format', description: 'prettier would change nothing', tool: 'prettier', args: ['--check', '--log-level=warn', '.'] },
  { name: 'imports', description: 'every import is on the allow-list', problems: importProblems },
  { name: 'unused', description: 'no unused file, export or dependency', tool: 'knip', args: ['--no-progress', '--no-config-hints'] },
  { name: 'size', description: 'no source file is over 300 lines, and no folder holds more than 15 of them', problems: sizeProblems },
  { name: 'places', description: 'tests of the product lie where their subject does', problems: testPlaceProblems },
  {
    name: 'names',
    description: 'no two files of the product export types of one name, and no two source files have one name and two subjects',
    problems: async (root) => [...(await typeNameProblems(root)), ...(await fileNameProblems(root))],
  },
  { name: 'language', description: 'no text uses a wording that hack/check/banned-wording.ts lists', problems: languageProblems },
  {
    name: 'reference',
    description: 'the generated pages of docs/reference and docs/demo.svg are what the schemas and the recording say',
    problems: referenceProblems,
  },
  { name: 'manifests', description: 'manifests/ is what kustomize/ renders', problems: manifestProblems },
]
