import type { BrowserContext, Page, Request } from 'playwright-core'

/** What Chromium says of everything that loads while an address of this machine comes or goes. The node of a cluster that starts or ends has one. */
const CHANGED = /\bnet::ERR_(?:NETWORK_CHANGED|INTERNET_DISCONNECTED)\b/
/** The page about the error of an earlier visit interrupted this one. */
const INTERRUPTED = /is interrupted by another navigation to "chrome-error:/
const PARTS = new Set(['script', 'stylesheet', 'image', 'font'])
const MAX_VISITS = 5
const ERROR_PAGE = 'chrome-error://chromewebdata/'
/** Chromium is on its way to its page about the error, which would interrupt the next visit. Where it has none, nothing interrupts. */
const ERROR_PAGE_MS = 5_000

export const isNetworkChange = (text: string): boolean => CHANGED.test(text)

const isNavigation = (request: Request): boolean => request.isNavigationRequest() && request.frame().parentFrame() === null

const errorPage = async (page: Page): Promise<void> => await page.waitForURL(ERROR_PAGE, { timeout: ERROR_PAGE_MS }).catch(() => undefined)

/**
 * Loads a page again of which a network change dropped a part, and repeats a visit that it dropped, also one that a link or a redirect began. A page that a
 * form made is left as it is, since nobody knows whether its form arrived.
 */
export function surviveNetworkChanges(context: BrowserContext): void {
  const methods = new WeakMap<Page, string>()
  /** Pages that are loaded again, or that `goto` loads. */
  const busy = new WeakSet<Page>()
  const alone = async <T>(page: Page, work: () => Promise<T>): Promise<T> => {
    busy.add(page)
    return await work().finally(() => busy.delete(page))
  }
  const repair = async (page: Page, request: Request): Promise<void> => {
    if (isNavigation(request)) {
      if (request.method() !== 'GET') return
      await errorPage(page)
      await page.goto(request.url())
    } else if (PARTS.has(request.resourceType()) && methods.get(page) === 'GET') {
      await page.waitForLoadState() // it would interrupt the visit
      await page.reload()
    }
  }
  context.on('page', (page) => {
    const visit = repeating(page)
    page.goto = (...target) => alone(page, () => visit(...target))
  })
  context.on('request', (request) => {
    if (isNavigation(request)) methods.set(request.frame().page(), request.method())
  })
  context.on('requestfailed', (request) => {
    if (!isNetworkChange(request.failure()?.errorText ?? '')) return
    const page = request.frame().page()
    // The page may be closed by now, or on its way elsewhere.
    if (!(isNavigation(request) && busy.has(page))) void alone(page, () => repair(page, request)).catch(() => undefined)
  })
}

/** `goto` that goes again when a network change drops the visit. */
function repeating(page: Page): Page['goto'] {
  const goTo = page.goto.bind(page)
  return async (...target) => {
    for (let visits = 1; ; visits += 1) {
      try {
        return await goTo(...target)
      } catch (error) {
        if (visits === MAX_VISITS || !(error instanceof Error && (isNetworkChange(error.message) || INTERRUPTED.test(error.message)))) throw error
        await errorPage(page)
      }
    }
  }
}
