import { globSync, readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { CAUSE_REASONS } from '../../domain/cause-reasons.ts'
import { StatusError, type StatusReason } from '../../domain/status-error.ts'

const ROOT = join(import.meta.dirname, '../..')
const page = await readFile(join(ROOT, 'docs/reference/refusals.md'), 'utf8')
const squeezed = page.replaceAll(/ +\|/g, ' |').replaceAll(/\| +/g, '| ').replaceAll(/-{3,}/g, '---')
const sources = globSync('{domain,gateway,apiserver,webhook,server,kube}/**/*.ts', { cwd: ROOT })
  .filter((file) => file !== 'domain/cause-reasons.ts')
  .map((file) => readFileSync(join(ROOT, file), 'utf8'))
  .join('\n')

it('docs/reference/refusals.md explains every cause of the code', () => {
  const rows = Object.entries(CAUSE_REASONS).map(([reason, { from, means, todo }]) => `| ${reason} | ${from} | ${means} | ${todo} |`)
  const table = ['| cause | of | means | what to do |', '| --- | --- | --- | --- |', ...rows].join('\n')
  expect(squeezed.slice(squeezed.indexOf('| cause |')).trimEnd()).toBe(table)
})

// The compiler makes sure that no other reason is used: StatusCause accepts none.
it.each(Object.keys(CAUSE_REASONS))('a server returns the cause %s', (reason) => {
  expect(sources).toContain(`'${reason}'`)
})

it('lists exactly the Status reasons that the servers return, with their codes', () => {
  const given = new Set([...sources.matchAll(/new StatusError\(\s*'(\w+)'/g)].map(([, reason = '']) => reason))
  const listed = [...squeezed.matchAll(/^\| (\d{3}) \| (\w+) \|/gm)].map(([, code, reason = '']) => [reason, Number(code)] as const)
  expect(given.size).toBeGreaterThan(10)
  expect(listed.map(([reason]) => reason).sort()).toEqual([...given].sort())
  for (const [reason, code] of listed) expect(new StatusError(reason as StatusReason, '').code, reason).toBe(code)
})
