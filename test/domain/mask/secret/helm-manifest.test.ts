import { expect, it } from 'vitest'
import { maskManifest } from '../../../../domain/mask/secret/helm-manifest.ts'
import { costExponent, LINEAR } from '../../../measure/processor-cost.ts'

const BEGINNING = 'kind: Secret\nmetadata:\n  name: web\ndata:\n  password: cGFzc3dvcmQ=\n'

it('masks a value with all its lines, whatever lies between them', () => {
  const text = maskManifest(`${BEGINNING}\n\n    c2VjcmV0\n\n  user: YQ==\n`)
  expect(text).not.toMatch(/cGFzc3dvcmQ|c2VjcmV0|YQ==/)
  expect(text.split('\n').map((line) => line.trim().split(':')[0])).toEqual(['kind', 'metadata', 'name', 'data', 'password', '', '', '', 'user', ''])
})

it.each([
  ['blank lines before lines of a value', (count: number) => `${BEGINNING}${'\n'.repeat(count)}${'    x\n'.repeat(count)}`],
  ['blank lines before lines of no value', (count: number) => `kind: Secret\ndata:\n${'\n'.repeat(count)}${' x\n'.repeat(count)}`],
  ['documents', (count: number) => '---\nkind: Secret\n'.repeat(count)],
  ['names', (count: number) => `kind: Secret\nmetadata:\n${'  name: a\n'.repeat(count)}`],
])('takes linear time for many %s', async (_, manifest) => {
  expect(await costExponent((count) => maskManifest(manifest(count)), [2_000, 20_000], 3)).toBeLessThan(LINEAR)
})
