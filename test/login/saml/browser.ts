import type { BrowserContextOptions, Page } from 'playwright-core'
import { launchChromium } from '../../../hack/browser/launch.ts'

/** A busy machine is slow. */
const PATIENCE_MS = 120_000

export type TestBrowser = {
  /** A page of a browser that never was here. */
  newPage(options?: BrowserContextOptions): Promise<Page>
  close(): Promise<void>
}

/** Chromium without a window. It accepts every certificate, since the addresses of these tests are known only later. */
export async function startBrowser(): Promise<TestBrowser> {
  const browser = await launchChromium([], process.env)
  return {
    newPage: async (options = {}) => {
      const context = await browser.newContext({ ignoreHTTPSErrors: true, ...options })
      context.setDefaultTimeout(PATIENCE_MS)
      return await context.newPage()
    },
    close: () => browser.close(),
  }
}
