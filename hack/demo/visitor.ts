import { readFile } from 'node:fs/promises'
import { findChromium } from '../browser/find-chromium.ts'
import { launchChromium } from '../browser/launch.ts'
import { createBrowser, hiddenFields, type Fields, type Page } from '../browser/plain-browser.ts'
import { signInAs } from '../browser/sign-in.ts'
import type { Environment } from './environment.ts'

/** An approver in front of the console. */
export type Visitor = {
  /** What they use, for the story. */
  readonly uses: string
  /** Opens the page of a request, signs in, and returns what the page says. */
  open(request: string): Promise<string>
  /** Approves the request that is open, and returns what the page says then. */
  approve(): Promise<string>
  close(): Promise<void>
}

type Sites = Pick<Environment, 'console' | 'login' | 'identityProvider'>

const USER = 'approver'
const pathOf = (request: string): string => `/requests/${request}`

async function withChromium({ console, login, identityProvider: { issuer, caFile } }: Sites): Promise<Visitor> {
  const browser = await launchChromium([console, login, { url: issuer, caFile }], process.env)
  const page = await browser.newPage({ baseURL: console.url })
  const said = async (): Promise<string> => (await page.locator('main').textContent()) ?? ''
  return {
    uses: 'Chromium',
    open: async (request) => {
      await page.goto(pathOf(request))
      await signInAs(page, USER)
      return await said()
    },
    approve: async () => {
      await page.getByRole('button', { name: 'Approve', exact: true }).click()
      await page.getByText('Approved', { exact: true }).first().waitFor()
      return await said()
    },
    close: () => browser.close(),
  }
}

/** The hidden fields of the form that approves. */
const fieldsOf = ({ text }: Page): Fields => hiddenFields(/<form [^>]*action="[^"]*\/approve"[^>]*>(.*?)<\/form>/s.exec(text)?.[1] ?? '')

async function withHttp({ console, login, identityProvider: { caFile } }: Sites): Promise<Visitor> {
  const browser = createBrowser(await Promise.all([console.caFile, login.caFile, caFile].map((file) => readFile(file, 'utf8'))))
  let shown: Page
  const show = (page: Page): string => {
    shown = page
    return page.text
  }
  return {
    uses: 'plain HTTP, since there is no Chromium here',
    open: async (request) => {
      const choice = await browser.open(`${console.url}${pathOf(request)}`)
      return show(await browser.post(choice.url, { user: USER }))
    },
    approve: async () => show(await browser.post(`${shown.url}/approve`, fieldsOf(shown))),
    close: () => browser.close(),
  }
}

/** Chromium where there is one; elsewhere the same pages and forms over HTTP. */
export const visitConsole = (sites: Sites): Promise<Visitor> => (findChromium(process.env) === undefined ? withHttp(sites) : withChromium(sites))
