import type { Page } from 'playwright-core'

/** Whether a reader must scroll sideways. */
export const isTooWide = (page: Page): Promise<boolean> =>
  page.evaluate<boolean>('document.scrollingElement.scrollWidth > document.scrollingElement.clientWidth')
