import { afterAll, beforeAll, expect, it } from 'vitest'
import { startFixture, type Fixture } from '../../console-fixture.ts'

let fixture: Fixture
beforeAll(async () => void (fixture = await startFixture({ spec: { notifications: [{ channel: 'chat' }] } })))
afterAll(() => fixture.close())

it('says what works as far as it can know, and which command checks the rest', async () => {
  const { text } = await (await fixture.signedIn()).open(`${fixture.url}/status`)
  expect(text).toContain('no controller has checked it yet')
  expect(text).toContain('channel &quot;chat&quot; does not exist')
  expect(text).toContain('no agent is suspended')
  expect(text).toContain('every use of break-glass is reviewed')
  expect(text).toContain('0 live grants that you can see')
  expect(text).toContain('1 problem, 0 warnings, 1 not known.')
  expect(text).toContain('<code>kubectl certify doctor</code>')
})
