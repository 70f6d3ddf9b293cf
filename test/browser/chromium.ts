import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import { launchChromium } from '../../hack/browser/launch.ts'
import { signInAs } from '../../hack/browser/sign-in.ts'
import type { Environment } from '../../hack/demo/environment.ts'
import { environment } from '../cluster/environment.ts'
import { watch } from './browser-errors.ts'

export type BrowserOfFile = {
  /**
   * Opens a window of a new browser profile, without a session. It is closed at the end of the test.
   * @param problem gets what `watch` reports. Defaults to a failure of the test.
   */
  open(options?: BrowserContextOptions, problem?: (text: string) => void): Promise<Window>
}

export type Window = {
  readonly page: Page
  readonly context: BrowserContext
  /** Another tab with the same cookies. */
  tab(): Promise<Page>
  /** Opens a path of the console. */
  go(path: string): Promise<void>
  /** Opens a path of the console and signs in. Ends where sign-in leads to. */
  signIn(user: string, path?: string): Promise<void>
}

/** A busy machine is slow. Tests wait for conditions, so this only ends what would never end. */
const PATIENCE_MS = 60_000

/**
 * One Chromium for a test file. After each test it fails if a script of somebody else ran, or if a page broke its content security policy or had
 * another error. Call it once, at the top of a file.
 */
export function chromiumOfFile(): BrowserOfFile {
  let browser: Browser | undefined
  let shared: Environment
  const contexts: BrowserContext[] = []
  const problems: string[] = []
  const fail = (problem: string): void => void problems.push(problem)
  beforeAll(async () => {
    shared = await environment()
    const { issuer, caFile } = shared.identityProvider
    browser = await launchChromium([shared.console, shared.login, { url: issuer, caFile }], process.env)
  })
  afterEach(async () => {
    await Promise.all(contexts.splice(0).map((context) => context.close()))
    expect(problems.splice(0)).toEqual([])
  })
  afterAll(() => browser?.close())

  return {
    open: async (options = {}, problem = fail) => {
      const context = await browser?.newContext({ baseURL: shared.console.url, ...options })
      if (context === undefined) throw new Error('the browser is there inside tests only')
      contexts.push(context)
      context.setDefaultTimeout(PATIENCE_MS)
      watch(context, problem)
      const page = await context.newPage()
      const go = async (path: string): Promise<void> => void (await page.goto(path))
      return {
        page,
        context,
        tab: () => context.newPage(),
        go,
        signIn: async (user, path = '/') => {
          await go(path)
          await signInAs(page, user)
        },
      }
    },
  }
}
