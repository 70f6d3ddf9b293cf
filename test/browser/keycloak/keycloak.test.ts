import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { requestPhase } from '../../../domain/api/access-request.ts'
import { isNetworkChange } from '../../../hack/browser/network-changes.ts'
import { kubectl, uniqueName } from '../../cluster/environment.ts'
import { startKeycloakSite, type KeycloakSite } from './keycloak-site.ts'
import { exists, holdDelete, readRequest, sessionOf, somebody } from '../requests.ts'

/**
 * The whole chain on a real cluster: an agent's kubectl waits at the gateway, and a human whom Keycloak knows signs in by SAML and decides in the browser.
 * Without Java and where it cannot be installed, this fails and says what to install.
 */
const APPROVERS = 'oidc:keycloak:approvers'
const binding = uniqueName('keycloak-approvers')
let site: KeycloakSite
beforeAll(async () => {
  site = await startKeycloakSite()
  const made = await kubectl('admin', ['create', 'clusterrolebinding', binding, '--clusterrole=jit-approver', `--group=${APPROVERS}`])
  expect(made).toMatchObject({ code: 0 })
}, 900_000)
afterAll(async () => {
  await kubectl('admin', ['delete', 'clusterrolebinding', binding, '--ignore-not-found'])
  await site?.close()
})

/** Opens a page of the console as somebody without a session, and signs in on the page of Keycloak. */
async function signIn(user: string, path: string): Promise<Page> {
  const context = await site.browser.newContext({ baseURL: site.consoleURL })
  onTestFinished(() => context.close())
  context.setDefaultTimeout(60_000)
  let isFormLost = false
  context.on('requestfailed', (request) => {
    isFormLost ||= request.method() === 'POST' && isNetworkChange(request.failure()?.errorText ?? '')
  })
  const page = await context.newPage()
  await page.goto(path)
  expect(new URL(page.url()).origin).toBe(site.keycloak.url)
  await page.fill('#username', user)
  await page.fill('#password', site.password)
  await page.click('#kc-login')
  const target = `${site.consoleURL}${path}`
  await page
    .waitForURL(({ href, protocol }) => href === target || (isFormLost && protocol === 'chrome-error:'))
    .catch(async (cause: unknown) => {
      const text = await page.textContent('body', { timeout: 5_000 }).catch(() => 'nothing')
      throw new Error(`signing in ended at ${page.url()}, which says ${text ?? 'nothing'}`, { cause })
    })
  // A network change dropped the form with the assertion. Keycloak still knows who signed in.
  if (isFormLost && page.url() !== target) await page.goto(path)
  expect(page.url()).toBe(target)
  return page
}

const approveIn = (page: Page) => page.getByRole('button', { name: 'Approve', exact: true })

/** Puts a person of the realm into a group, as an admin does on a page of Keycloak. */
async function join(user: string, group: string): Promise<void> {
  const idOf = async (path: string): Promise<string> => {
    const [first] = (await site.keycloak.admin.call('GET', `/realms/jit/${path}`)) as readonly { readonly id: string }[]
    return first?.id ?? ''
  }
  const [person, to] = [await idOf(`users?username=${user}&exact=true`), await idOf(`groups?search=${group}&exact=true`)]
  await site.keycloak.admin.call('PUT', `/realms/jit/users/${person}/groups/${to}`)
}

describe('a human whom Keycloak signs in by SAML', () => {
  it('approves the delete for which kubectl waits, and watches what the agent did', async () => {
    const { agent, token } = await somebody('keycloak', 'anything')
    const { request, name, kubectl: waiting } = await holdDelete({ token })
    const page = await signIn('approver', `/requests/${request}`)
    await page.getByText('oidc:keycloak:approver', { exact: true }).waitFor()
    expect(await page.getByRole('region', { name: 'Difference' }).textContent()).toContain(`name: ${name}`)
    expect(await exists(name)).toBe(true)
    await approveIn(page).click()
    await page.getByText('Approved', { exact: true }).first().waitFor()
    expect((await waiting.ended).code).toBe(0)
    expect(await exists(name)).toBe(false)
    expect((await readRequest(request)).status?.reviews).toMatchObject([
      { decision: 'Approved', reviewer: { username: 'oidc:keycloak:approver', groups: expect.arrayContaining([APPROVERS]) as string[] } },
    ])
    await page.goto(`/sessions/${await sessionOf(agent)}`)
    const asked = page.locator('.timeline .event').filter({ hasText: `delete deployments.apps "${name}" in shop` })
    await asked.getByText('approved by oidc:keycloak:approver').waitFor()
    expect(await asked.getByRole('link', { name: 'The request for approval' }).getAttribute('href')).toBe(`/requests/${request}`)
  })

  it('may not approve without the group, and may at the next sign-in after Keycloak has put them into it', async () => {
    const { request, name, kubectl: waiting } = await holdDelete()
    const before = await signIn('developer', `/requests/${request}`)
    // Not allowed, or not found, where a role of the environment lets developers ask.
    await before.getByRole('heading', { name: /^Not (allowed|found)$/ }).waitFor()
    expect(await approveIn(before).count()).toBe(0)
    const asDeveloper = ['--as=oidc:keycloak:developer', '--as-group=oidc:keycloak:developers', '--as-group=system:authenticated']
    const forged = await kubectl('admin', [...asDeveloper, 'certify', 'approve', request])
    expect(forged.code).not.toBe(0)
    expect([requestPhase((await readRequest(request)).status, Date.now()), await exists(name)]).toEqual(['Pending', true])
    await join('developer', 'approvers')
    const after = await signIn('developer', `/requests/${request}`)
    await approveIn(after).click()
    await after.getByText('Approved', { exact: true }).first().waitFor()
    expect((await waiting.ended).code).toBe(0)
  })
})
