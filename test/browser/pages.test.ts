import type { BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { environment } from '../cluster/environment.ts'
import { axeOn } from './page-checks/axe.ts'
import { chromiumOfFile } from './chromium.ts'
import { ALL_INJECTED_MARKUP, INJECTED_MARKUP, expectNoMarkup } from './page-checks/injected-markup.ts'
import { LOOKS } from './page-checks/looks.ts'
import { PAGES, type Made } from './pages.ts'
import { isTooWide } from './page-checks/width.ts'
import { approve, ask, holdCreate, holdDelete, sessionOf, somebody, unregisteredKey, type Later } from './requests.ts'

const browser = chromiumOfFile()

const undo: (() => Promise<void> | void)[] = []
const later: Later = (end) => void undo.push(end)
let made: Made
beforeAll(async () => {
  const annotations = Object.fromEntries(INJECTED_MARKUP.map((text, at) => [`evil.example.com/${at}`, text]))
  const spec = {
    reason: ALL_INJECTED_MARKUP,
    ticket: INJECTED_MARKUP[1],
    agent: { name: INJECTED_MARKUP[0], model: INJECTED_MARKUP[1], session: INJECTED_MARKUP[2], task: INJECTED_MARKUP[3] },
  }
  const { agent, token } = await somebody(INJECTED_MARKUP[1], INJECTED_MARKUP[0])
  const grant = await ask({ ...spec, durationSeconds: 600 }, { later, token })
  await approve(grant)
  made = {
    agent,
    grant,
    request: await ask({ ...spec, durationSeconds: 3600, maxUses: 3 }, { later, token }),
    held: (await holdDelete({ annotations, later })).request,
    sent: (await holdCreate({ annotations, later })).request,
    session: await sessionOf(agent),
    key: await unregisteredKey(later),
  }
})
afterAll(async () => {
  for (const end of undo.toReversed()) await end()
})

const signedIn = new Map<string, Awaited<ReturnType<BrowserContext['storageState']>>>()

/** A window of a new profile, which has the session of the first. */
async function windowOf(user: string | undefined): Promise<Page> {
  const storageState = user === undefined ? undefined : signedIn.get(user)
  const { page, context, signIn } = await browser.open(storageState === undefined ? {} : { storageState })
  if (user !== undefined && storageState === undefined) {
    await signIn(user)
    signedIn.set(user, await context.storageState())
  }
  return page
}

describe.each(PAGES)('$title', ({ path, user }) => {
  it('is accessible in both themes, on a screen and on a phone, and makes no markup of hostile texts', async () => {
    const page = await windowOf(user)
    await page.goto(path(made))
    if (user !== undefined) expect(page.url()).toContain((await environment()).console.url)
    for (const { colorScheme, width } of LOOKS) {
      await page.setViewportSize({ width, height: 800 })
      await page.emulateMedia({ colorScheme })
      expect({ colorScheme, width, found: await axeOn(page), tooWide: await isTooWide(page) }).toEqual({
        colorScheme,
        width,
        found: [],
        tooWide: false,
      })
    }
    await expectNoMarkup(page)
  })
})

describe('hostile texts', () => {
  it.each([
    ['request', [ALL_INJECTED_MARKUP, INJECTED_MARKUP[0], INJECTED_MARKUP[2], INJECTED_MARKUP[3], `oidc:${INJECTED_MARKUP[1]}`]],
    ['held', INJECTED_MARKUP],
    ['sent', INJECTED_MARKUP],
  ] as const)('of a request (%s) are shown as they are', async (field, texts) => {
    const { page, signIn } = await browser.open()
    await signIn('approver', `/requests/${made[field]}`)
    const shown = (await page.locator('main').textContent()) ?? ''
    for (const text of texts) expect(shown).toContain(text)
  })
})
