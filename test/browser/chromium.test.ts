import { describe, expect, it } from 'vitest'
import { until } from '../until.ts'
import { axeOn } from './page-checks/axe.ts'
import { chromiumOfFile } from './chromium.ts'
import { ALL_INJECTED_MARKUP, expectNoMarkup } from './page-checks/injected-markup.ts'
import { isTooWide } from './page-checks/width.ts'

/** The checks of the other files, which must be able to fail. */
const browser = chromiumOfFile()

describe('a page that shows hostile texts without escaping them', () => {
  it('runs a script, which is reported', async () => {
    const problems: string[] = []
    const { page } = await browser.open({}, (problem) => void problems.push(problem))
    await page.setContent(`<main>${ALL_INJECTED_MARKUP}</main>`)
    await until('a script ran', () => problems.includes('a script opened a dialog: 1'))
  })
  it('has markup that no page has', async () => {
    const { page } = await browser.open({ javaScriptEnabled: false })
    await page.setContent(`<main>${ALL_INJECTED_MARKUP}</main>`)
    await expect(expectNoMarkup(page)).rejects.toThrow()
  })
})

describe('a page of the console', () => {
  it('loads nothing of another host and runs no added script, which is reported', async () => {
    const problems: string[] = []
    const { page, go } = await browser.open({}, (problem) => void problems.push(problem))
    await go('/signed-out')
    await page.evaluate(`document.createElement('img').src = 'https://evil.example.com/x'`)
    await until('the image is reported', () => problems.some((problem) => problem.includes('evil.example.com')))
    await expect(page.evaluate(`document.body.innerHTML = '<img src=x onerror=alert(1)>'`)).rejects.toThrow('TrustedHTML')
    expect(problems.filter((problem) => problem.includes('dialog'))).toEqual([])
  })
})

it('a page that is wider than a phone is found', async () => {
  const { page } = await browser.open({ viewport: { width: 360, height: 800 } })
  await page.setContent('<main><h1 style="width: 480px">Inbox</h1></main>')
  expect(await isTooWide(page)).toBe(true)
  await page.setContent('<main><h1>Inbox</h1></main>')
  expect(await isTooWide(page)).toBe(false)
})

describe('axe-core', () => {
  it('finds what is not accessible: contrast, names, labels', async () => {
    const { page } = await browser.open()
    await page.setContent('<main><h1 style="color: #999">Inbox</h1><p style="color: #bbb">Text</p><input /><button></button></main>')
    const found = (await axeOn(page)).join('\n')
    for (const rule of ['color-contrast', 'label', 'button-name', 'html-has-lang']) expect(found).toContain(rule)
  })
})
