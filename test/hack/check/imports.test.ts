import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { deadPatterns, importProblems } from '../../../hack/check/imports.ts'

const names = ['domain/mask/masker.ts', 'gateway/mask/mask.ts', 'node:crypto']
const rule = (to: object, from: object = {}) => ({ from, to })

describe('patterns of the import rules', () => {
  it('are alive when a file or an import matches', () => {
    const allowed = [rule({ path: '^(node:)?crypto$' }, { path: '^domain/' })]
    const forbidden = [rule({ path: '^domain/mask/', pathNot: ['^domain/mask/masker[.]ts$'] }, { pathNot: ['^gateway/'] }), rule({ circular: true })]
    expect(deadPatterns({ allowed, forbidden }, names)).toEqual([])
  })

  it('are named when nothing matches, each alone', () => {
    const forbidden = [rule({ path: '^domain/masks/', pathNot: ['^domain/mask/masker[.]ts$', '^domain/mask/moved[.]ts$'] }, { pathNot: '^web/' })]
    expect(deadPatterns({ forbidden }, names)).toEqual(['^web/', '^domain/masks/', '^domain/mask/moved[.]ts$'])
  })

  it('are left out when they refer to a group of another pattern', () => {
    expect(deadPatterns({ allowed: [rule({ path: '^$1/' }, { path: '^(domain|gateway)/' })] }, names)).toEqual([])
  })
})

// The first cruise loads the TypeScript compiler.
describe('the import rules of this repository', { timeout: 120_000 }, () => {
  const rules = '.dependency-cruiser.cjs'
  let root: string
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'jit-imports-'))
    await cp(join(import.meta.dirname, '../../..', rules), join(root, rules))
  })
  afterEach(() => rm(root, { recursive: true, force: true }))

  const write = async (file: string, text: string): Promise<void> => {
    await mkdir(dirname(join(root, file)), { recursive: true })
    await writeFile(join(root, file), text)
  }
  const problems = async (): Promise<readonly string[]> =>
    (await importProblems(root)).filter((problem) => problem.startsWith('only-entries-of-mask'))

  it('keep users of domain/mask to its entries', async () => {
    await write('domain/mask/json/scanner.ts', 'export const inner = 1')
    await write('domain/mask/masker.ts', "export { inner } from './json/scanner.ts'")
    await write('gateway/good.ts', "export { inner } from '../domain/mask/masker.ts'")
    await write('gateway/bad.ts', "export { inner } from '../domain/mask/json/scanner.ts'")
    await write('domain/policy/bad.ts', "export type { inner } from '../mask/json/scanner.ts'")
    await write('test/good.ts', "export { inner } from '../domain/mask/json/scanner.ts'")
    expect((await problems()).toSorted()).toEqual([
      'only-entries-of-mask: domain/policy/bad.ts → domain/mask/json/scanner.ts',
      'only-entries-of-mask: gateway/bad.ts → domain/mask/json/scanner.ts',
    ])
  })

  it('fail when an entry is missing', async () => {
    await write('domain/mask/masker.ts', 'export const entry = 1')
    await write('gateway/good.ts', "export { entry } from '../domain/mask/masker.ts'")
    expect(await importProblems(root)).toContain('no file or import matches ^domain/mask/restore[.]ts$: the rule checks nothing')
  })
})
