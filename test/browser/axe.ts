import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const RUN = `axe.run(document).then(({ violations }) =>
  violations.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => id + ' at ' + target.join(' ') + ': ' + failureSummary)))`

/** What axe-core finds on a page, one text for each element. */
export async function axeOn(page: Page): Promise<readonly string[]> {
  await page.evaluate(AXE)
  return await page.evaluate<readonly string[]>(RUN)
}
