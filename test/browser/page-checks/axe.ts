import axe from 'axe-core'
import type { Page } from 'playwright-core'

const RUN = `axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) =>
  violations.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => id + ' at ' + target.join(' ') + ': ' + failureSummary)))`

/** What axe-core finds on a page, one text for each element. It takes as long to load as to run, so a page keeps it until the next visit. */
export async function axeOn(page: Page): Promise<readonly string[]> {
  if (!(await page.evaluate<boolean>(`typeof axe === 'object'`))) await page.evaluate(axe.source)
  return await page.evaluate<readonly string[]>(RUN)
}
