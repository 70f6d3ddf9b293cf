import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser, BrowserContext } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { launchChromium } from '../../../hack/browser/launch.ts'

const PAGE = '<script src="/script.js"></script><form method="post" action="/form"><button>Send</button></form><a href="/page">Go</a>'
const forms: string[] = []
const server = createServer((request, response) => {
  if (request.method === 'POST') forms.push(request.url ?? '')
  if (request.url === '/script.js') response.setHeader('content-type', 'text/javascript').end("document.title = 'loaded'")
  else response.setHeader('content-type', 'text/html').end(PAGE)
})
let browser: Browser
let context: BrowserContext

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  browser = await launchChromium([], process.env)
}, 60_000)
afterAll(async () => {
  await browser.close()
  await new Promise((resolve) => server.close(resolve))
})
beforeEach(async () => {
  await context?.close()
  context = await browser.newContext({ baseURL: `http://127.0.0.1:${(server.address() as AddressInfo).port}` })
})

/** Drops the next requests of a path, as Chromium does when the network changes. */
async function drop(path: string): Promise<void> {
  await context.route(path, (route) => route.abort('internetdisconnected'), { times: 1 })
}

it('a page is loaded again when a network change drops its script', async () => {
  const page = await context.newPage()
  await drop('/script.js')
  await page.goto('/')
  await page.waitForFunction(`document.title === 'loaded'`)
})

it('a visit that a network change drops is repeated', async () => {
  const page = await context.newPage()
  await drop('/page')
  expect((await page.goto('/page'))?.status()).toBe(200)
})

it('a visit that a link began is repeated, too', async () => {
  const page = await context.newPage()
  await page.goto('/')
  await drop('/page')
  await page.getByRole('link', { name: 'Go' }).click()
  await page.waitForURL('**/page')
})

it.each(['/script.js', '/form'])('a form is never sent twice, whether %s is dropped', async (path) => {
  const page = await context.newPage()
  await page.goto('/')
  await page.waitForFunction(`document.title === 'loaded'`)
  forms.length = 0
  await drop(path)
  const dropped = page.waitForEvent('requestfailed')
  await page.getByRole('button', { name: 'Send' }).click()
  await dropped
  // A visit that would repeat the form has to wait for this one.
  await page.waitForURL(path === '/form' ? 'chrome-error://chromewebdata/' : '**/form')
  await page.goto('/')
  expect(forms).toEqual(path === '/form' ? [] : ['/form'])
})
