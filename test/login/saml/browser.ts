import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core'

export type TestBrowser = {
  /** A page of a browser that never was here. */
  newPage(): Promise<Page>
  close(): Promise<void>
}

/** Chromium of the distribution, without a window. Certificates of tests are not in its store. */
export async function startBrowser(): Promise<TestBrowser> {
  const browser: Browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] }).catch((error: unknown) => {
    throw new Error('Chromium is needed: apt-get install -y chromium', { cause: error })
  })
  const contexts: BrowserContext[] = []
  return {
    newPage: async () => {
      const context = await browser.newContext({ ignoreHTTPSErrors: true })
      contexts.push(context)
      return await context.newPage()
    },
    close: () => browser.close(),
  }
}
