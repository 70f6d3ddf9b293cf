import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { SESSION_COOKIE } from '../../../../console/session/session.ts'
import { launchChromium } from '../../../../hack/browser/launch.ts'
import { axeOn } from '../../../browser/page-checks/axe.ts'
import { LOOKS } from '../../../browser/page-checks/looks.ts'
import { isTooWide } from '../../../browser/page-checks/width.ts'
import { sessionsOf } from '../../../apiserver/sessions/record-folders.ts'
import { startFixture, type Fixture } from '../../console-fixture.ts'
import { writeBadAgent } from './agent-folder.ts'

describe('in Chromium, a terminal of an agent with bad intentions', () => {
  let dir: string
  let fixture: Fixture
  let chromium: Browser
  let cookie: string
  let path: string

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'jit-terminal-'))
    const name = await writeBadAgent(dir, Date.now() - 60_000)
    path = `/sessions/${name}/terminals/a4`
    fixture = await startFixture({ sessions: sessionsOf([dir]) })
    cookie = (await fixture.signedIn()).cookies(fixture.url).get(SESSION_COOKIE) ?? ''
    chromium = await launchChromium([fixture], process.env)
  })
  afterAll(async () => {
    await chromium.close()
    await fixture.close()
    await rm(dir, { recursive: true, force: true })
  })

  async function open(
    javaScriptEnabled: boolean,
    look: BrowserContextOptions = {},
  ): Promise<{ readonly page: Page; readonly context: BrowserContext; readonly complaints: string[] }> {
    const context = await chromium.newContext({ javaScriptEnabled, ...look })
    await context.addCookies([{ name: SESSION_COOKIE, value: cookie, url: fixture.url, secure: true, httpOnly: true, sameSite: 'Lax' }])
    const page = await context.newPage()
    const complaints: string[] = []
    page.on('console', (message) => void (['error', 'warning'].includes(message.type()) && complaints.push(message.text())))
    page.on('pageerror', (error) => void complaints.push(String(error)))
    page.on('dialog', (dialog) => void complaints.push(dialog.message()))
    await page.goto(`${fixture.url}${path}`)
    return { page, context, complaints }
  }

  it('is played, and runs nothing that the agent wrote', async () => {
    const { page, context, complaints } = await open(true)
    await page.click('.ap-player')
    await expect.poll(() => page.locator('.ap-player').innerText()).toContain('bye')
    expect(await page.title()).toBe('Terminal · jit-access')
    expect(complaints).toEqual([])
    await context.close()
  })

  it.each(LOOKS)('is accessible before, while and after it plays, $colorScheme, $width wide', async ({ colorScheme, width }) => {
    const { page, context } = await open(true, { colorScheme, viewport: { width, height: 800 } })
    const check = async (when: string): Promise<void> =>
      expect({ when, found: await axeOn(page), tooWide: await isTooWide(page) }).toEqual({ when, found: [], tooWide: false })
    await page.getByRole('button', { name: 'Play', exact: true }).waitFor()
    const color = await page.evaluate<string>(`getComputedStyle(document.querySelector('.ap-player')).getPropertyValue('--term-color-1')`)
    expect(color.trim()).toBe(colorScheme === 'light' ? '#b3201c' : '#dd3c69')
    await check('before')
    await page.click('.ap-player')
    await expect.poll(() => page.locator('.ap-player').innerText()).toContain('$ ls')
    await check('while')
    await expect.poll(() => page.locator('.ap-player').innerText()).toContain('bye')
    await check('after')
    await context.close()
  })

  it('is played by keyboard alone', async () => {
    const { page, context } = await open(true)
    await page.getByRole('button', { name: 'Play', exact: true }).waitFor()
    await page.getByRole('link', { name: 'The session of' }).focus()
    const focused = (): Promise<string> => page.evaluate<string>('document.activeElement.getAttribute("aria-label") ?? ""')
    for (let step = 0; step < 4 && (await focused()) !== 'Play'; step += 1) await page.keyboard.press('Tab')
    expect(await focused()).toBe('Play')
    await page.keyboard.press('Enter')
    await expect.poll(() => page.locator('.ap-player').innerText()).toContain('$ ls')
    await context.close()
  })

  it('is accessible as a transcript', async () => {
    const { page, context } = await open(false)
    const main = page.getByRole('main')
    expect(await main.getByRole('group', { name: 'Recording' }).count()).toBe(0)
    expect(await main.getByRole('region', { name: 'Transcript' }).innerText()).toContain('$ ls')
    await context.close()
  })

  it('is a transcript and a download without JavaScript', async () => {
    const { page, context, complaints } = await open(false)
    expect(await page.locator('.transcript').innerText()).toContain('$ ls')
    expect(await page.locator('.ap-player').count()).toBe(0)
    const [download] = await Promise.all([page.waitForEvent('download'), page.click('text=Download the recording')])
    expect(download.suggestedFilename()).toMatch(/\.cast$/)
    expect(complaints).toEqual([])
    await context.close()
  })
})
