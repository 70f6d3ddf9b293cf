import axe from 'axe-core'
import type { Page } from 'playwright-core'

const RUN = `axe.run(document).then(({ violations }) =>
  violations.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => id + ' at ' + target.join(' ') + ': ' + failureSummary)))`

/** What axe-core finds on a page, one text for each element. */
export async function axeOn(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe.source)
  return await page.evaluate<readonly string[]>(RUN)
}
