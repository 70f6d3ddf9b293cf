import type { Page } from 'playwright-core'
import { expect } from 'vitest'

/** Texts that would be markup, an attribute, a script or a link, if one place of one page did not escape them. */
export const INJECTED_MARKUP = [
  `<script>alert(1)</script>`,
  `"><img src=x onerror=alert(1)>`,
  `' onmouseover=alert(1) autofocus onfocus='alert(1)`,
  `</textarea></pre></q></title></option><svg/onload=alert(1)>`,
  `javascript:alert(1)`,
  `<a href="javascript:alert(1)">approve here</a>`,
  `{{constructor.constructor('alert(1)')()}}`,
  `&lt;img src=x onerror=alert(1)&gt;`,
  `<form action="//evil.example.com"><button>Approve</button></form>`,
] as const

export const ALL_INJECTED_MARKUP = INJECTED_MARKUP.join(' ')

/** Markup that no page of the console has, and that INJECTED_MARKUP would make. */
const MADE = [
  'img',
  'svg',
  'iframe',
  'script:not([src^="/"])',
  'style',
  'form[action*="evil"]',
  'a[href^="javascript:"]',
  '[onerror]',
  '[onload]',
  '[onmouseover]',
  '[onfocus]',
  '[autofocus]',
]

/** Fails where a text of INJECTED_MARKUP became markup. Whether one ran is seen by `watch`. */
export async function expectNoMarkup(page: Page): Promise<void> {
  for (const selector of MADE) expect([selector, await page.locator(selector).count()]).toEqual([selector, 0])
}
