import type { Page } from 'playwright-core'

/** Chooses a human on the login page of the development identity provider, which must be open. Ends on the page that follows. */
export async function signInAs(page: Page, user: string): Promise<void> {
  await page.getByRole('heading', { name: 'Sign in as' }).waitFor()
  await page.locator(`button[name="user"][value="${user}"]`).click()
  await page.waitForURL((url) => !url.pathname.startsWith('/interaction/'))
}
