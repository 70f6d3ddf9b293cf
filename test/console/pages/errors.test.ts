import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hiddenField } from '../../../hack/browser/plain-browser.ts'
import { StatusError } from '../../../domain/status-error.ts'
import { sessionsOf } from '../../apiserver/sessions/record-folders.ts'
import { startFixture, type Fixture } from '../console-fixture.ts'

const failing = () => Promise.reject(new Error('away'))
const away = {
  name: '10.0.0.9:8444',
  source: { runs: failing, events: failing, stream: () => ({ [Symbol.asyncIterator]: () => ({ next: failing }) }) },
}
const SESSION = `/sessions/${'a'.repeat(32)}-20261129t100000z`

let fixture: Fixture
beforeAll(async () => void (fixture = await startFixture({ sessions: sessionsOf([], [away]) })))
afterAll(() => fixture.close())

describe('the page of an error', () => {
  it('has the navigation for who is signed in, and for nobody else', async () => {
    const alice = await fixture.signedIn()
    const page = await alice.open(`${fixture.url}/requests/absent`)
    expect([page.code, page.text.includes('aria-label="Pages"'), page.text.includes('oidc:alice')]).toEqual([404, true, true])
    const nobody = await fixture.browser().once(`${fixture.url}/no-page`)
    expect([nobody.code, nobody.text.includes('aria-label="Pages"')]).toEqual([404, false])
  })
  it('says that an object may be gone, but not that of a page', async () => {
    const alice = await fixture.signedIn()
    expect((await alice.open(`${fixture.url}/requests/absent`)).text).toContain('or you may not see it')
    expect((await alice.open(`${fixture.url}/no-page`)).text).not.toContain('or you may not see it')
  })
  it('leads back to the same page, with what was searched, when the error passes', async () => {
    const page = await (await fixture.signedIn()).open(`${fixture.url}${SESSION}`)
    expect(page.code).toBe(503)
    expect(page.text).toContain('Try again in 5 seconds.')
    expect(page.text).toContain(`<a href="${SESSION}">Try again</a>`)
  })
  it('says of a decision that it is not certain whether it was made, when the server fails in the middle', async () => {
    const name = await fixture.ask()
    const alice = await fixture.signedIn()
    const shown = await alice.open(`${fixture.url}/requests/${name}`)
    const { rights } = fixture.api
    fixture.api.rights = (_, { verb }) => {
      if (verb === 'certify') throw new StatusError('ServiceUnavailable', 'access reviews are not available now')
      return true
    }
    const form = { csrf: hiddenField(shown, 'csrf'), seen: hiddenField(shown, 'seen'), reason: 'no' }
    const page = await alice.post(`${fixture.url}/requests/${name}/deny`, form)
    fixture.api.rights = rights
    expect(page.code).toBe(503)
    expect(page.text).toContain('It is not certain whether it was done. Look again')
    expect(page.text).toContain(`<a href="/requests/${name}">Look at the request again</a>`)
  })
})
