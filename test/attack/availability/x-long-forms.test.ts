import type { ClientRequest } from 'node:http'
import { request } from 'node:https'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { hiddenField } from '../../../hack/browser/plain-browser.ts'
import { startFixture as startConsole, type Fixture as Console } from '../../console/console-fixture.ts'
import { startFixture as startLogin, type Fixture as Login } from '../../login/login-fixture.ts'
import { until } from '../../until.ts'

/** X. A visitor who sends long forms slowly, so that they stay in memory. */
let fixture: Console
let login: Login
beforeAll(async () => void ([fixture, login] = await Promise.all([startConsole(), startLogin({ replicas: 1 })])))
afterAll(() => Promise.all([fixture.close(), login.close()]))

const open: ClientRequest[] = []
const leave = (): void => {
  for (const each of open.splice(0)) each.destroy()
}
afterEach(leave)

const SENT = 20
/** Of one visitor or person. */
const PLACES = 8
const LENGTH = 200 * 1024

/** Sends most of many long forms. Resolves when the server has refused those that find no place; the others stay open. */
async function flood(url: string, more: { readonly [name: string]: string } = { 'content-length': String(LENGTH) }): Promise<void> {
  let refused = 0
  const headers: { readonly [name: string]: string } = { 'content-type': 'application/x-www-form-urlencoded', ...more }
  for (let count = 0; count < SENT; count += 1) {
    const sent = request(url, { method: 'POST', rejectUnauthorized: false, agent: false, headers })
    open.push(sent)
    // An answer, or the end of a connection whose form is not read.
    const counted = (): void => void (refused += 1)
    sent.once('response', (answer) => {
      expect(answer.statusCode).toBe(429)
      sent.off('error', counted)
      sent.on('error', () => undefined)
      counted()
    })
    sent.once('error', counted)
    sent.write(`yaml=${'a'.repeat(headers['transfer-encoding'] === undefined ? LENGTH - 1024 : 1024)}`)
  }
  await until('the others are refused', () => refused === SENT - PLACES)
}

describe('X. long forms that are sent slowly', () => {
  it('X418 by a visitor keep few in memory, and nobody who is signed in from sending one', async () => {
    const alice = await fixture.signedIn()
    const csrf = hiddenField(await alice.open(`${fixture.url}/policies/agents`), 'csrf')
    await flood(`${fixture.url}/policies/agents/try`)
    const page = await alice.send(`${fixture.url}/policies/agents/try`, { csrf, verb: 'get', resource: 'pods', yaml: ' '.repeat(20_000) })
    expect(page.code).toBe(200)
  })
  it('give their places back when they leave', async () => {
    await flood(`${fixture.url}/policies/agents/try`)
    leave()
    const visitor = fixture.browser()
    const send = (): Promise<{ readonly code: number }> => visitor.send(`${fixture.url}/policies/agents/try`, { yaml: 'a'.repeat(20_000) })
    expect(await until('a form is read again', async () => (await send()).code === 401)).toBe(true)
  })
  it('by one person are as few', async () => {
    const cookies = (await fixture.signedIn()).cookies(fixture.url)
    const cookie = [...cookies].map((pair) => pair.join('=')).join('; ')
    await flood(`${fixture.url}/policies/agents/try`, { 'content-length': String(LENGTH), cookie })
  })
  it('keep few in the memory of login, also those that do not say how long they are', async () => {
    await flood(`${login.url}/interaction/any/consent`, { 'transfer-encoding': 'chunked' })
    const answer = await login.browser().send(`${login.url}/token`, { grant_type: 'refresh_token', client_id: 'kubectl', refresh_token: 'x' })
    expect([answer.code, answer.text.includes('invalid_grant')]).toEqual([400, true])
  })
})
