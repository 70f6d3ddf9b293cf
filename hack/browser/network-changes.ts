import type { BrowserContext, Page, Request } from 'playwright-core'

/** What Chromium says of everything that loads while an address of this machine comes or goes. The node of a cluster that starts or ends has one. */
const CHANGED = /ERR_NETWORK_CHANGED|ERR_INTERNET_DISCONNECTED/
const PARTS = new Set(['script', 'stylesheet', 'image', 'font'])

export const isNetworkChange = (text: string): boolean => CHANGED.test(text)

/**
 * Loads a page again of which a network change dropped a part, and repeats a visit that it dropped. A page that a form made is left as it is, since nobody
 * knows whether its form arrived.
 */
export function surviveNetworkChanges(context: BrowserContext): void {
  const methods = new WeakMap<Page, string>()
  const loading = new WeakSet<Page>()
  const loadAgain = async (page: Page): Promise<void> => {
    if (methods.get(page) !== 'GET' || loading.has(page)) return
    loading.add(page)
    await page.reload().catch(() => undefined) // it may be closed by now, or on its way elsewhere
    loading.delete(page)
  }
  context.on('page', repeatVisits)
  context.on('request', (request) => {
    if (request.isNavigationRequest() && request.frame().parentFrame() === null) methods.set(request.frame().page(), request.method())
  })
  context.on('requestfailed', (request) => {
    if (isDroppedPart(request)) void loadAgain(request.frame().page())
  })
}

const isDroppedPart = (request: Request): boolean => PARTS.has(request.resourceType()) && isNetworkChange(request.failure()?.errorText ?? '')

const MAX_VISITS = 5
const ERROR_PAGE = 'chrome-error://chromewebdata/'
/** Its way to the page about the error, which would interrupt the next visit. Where it has none, nothing interrupts. */
const ERROR_PAGE_MS = 5_000

function repeatVisits(page: Page): void {
  const goTo = page.goto.bind(page)
  page.goto = async (url, options) => {
    for (let visit = 1; ; visit += 1) {
      try {
        return await goTo(url, options)
      } catch (error) {
        if (visit === MAX_VISITS || !(error instanceof Error && isNetworkChange(error.message))) throw error
        await page.waitForURL(ERROR_PAGE, { timeout: ERROR_PAGE_MS }).catch(() => undefined)
      }
    }
  }
}
