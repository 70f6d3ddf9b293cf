import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { GAIN_KINDS } from '../../domain/api/gain.ts'

it('docs/reference/gains.md lists every power as in the code', async () => {
  const page = await readFile(join(import.meta.dirname, '../../docs/reference/gains.md'), 'utf8')
  const squeezed = page.replaceAll(/ +\|/g, ' |').replaceAll(/\| +/g, '| ').replaceAll(/-{3,}/g, '---')
  const rows = Object.entries(GAIN_KINDS).map(([kind, means]) => `| ${kind} | ${means} |`)
  expect(squeezed.slice(squeezed.indexOf('| kind |')).trimEnd()).toBe(['| kind | what it lets a workload do |', '| --- | --- |', ...rows].join('\n'))
})
