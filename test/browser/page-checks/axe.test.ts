import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { launchChromium } from '../../../hack/browser/launch.ts'
import { axeOn } from './axe.ts'

let chromium: Browser
beforeAll(async () => void (chromium = await launchChromium([], process.env)))
afterAll(() => chromium.close())

const PAGE = `<!doctype html><html lang="en"><title>t</title>
<style>body { background: #fff; color: #000 } @media (prefers-color-scheme: dark) { p { color: #eee } } @media (width < 500px) { a { display: block } a i { display: none } }</style>
<main><h1>t</h1><p>words</p><a href="/x"><i>link</i></a></main></html>`

it('finds on a page that it has seen what another theme and another width show', async () => {
  const page = await chromium.newPage({ viewport: { width: 1280, height: 800 } })
  await page.setContent(PAGE)
  expect(await axeOn(page)).toEqual([])
  await page.emulateMedia({ colorScheme: 'dark' })
  expect(await axeOn(page)).toEqual([expect.stringMatching(/^color-contrast at p/)])
  await page.emulateMedia({ colorScheme: 'light' })
  await page.setViewportSize({ width: 360, height: 800 })
  expect(await axeOn(page)).toEqual([expect.stringMatching(/^link-name at a/)])
  await page.close()
})
