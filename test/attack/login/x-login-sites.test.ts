import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startFixture, type Fixture } from '../../login/login-fixture.ts'

/** X. What one visitor with many addresses of IPv6 can take. The test is the Ingress, and says where a client is. */
let fixture: Fixture
beforeAll(async () => void (fixture = await startFixture({ replicas: 1, trustedProxies: ['127.0.0.1'] })))
afterAll(() => fixture.close())

const begin = async (address: string): Promise<number> =>
  (await fixture.browser().send(`${fixture.url}/device/auth`, { client_id: 'kubectl', scope: 'openid' }, { 'x-forwarded-for': address })).code
const type = async (address: string): Promise<number> =>
  (await fixture.browser().send(`${fixture.url}/device`, { user_code: 'AAAA-AAAA' }, { 'x-forwarded-for': address })).code

describe('X. device codes', () => {
  it('X415 of a visitor with 65 536 networks are as few as those of any other', async () => {
    const codes: number[] = []
    for (let index = 0; index < 30; index += 1) codes.push(await begin(`2001:db8:1:${index.toString(16)}::1`))
    expect(codes.filter((code) => code === 200).length).toBeLessThanOrEqual(11)
    expect(await begin('2001:db8:2::1')).toBe(200)
    expect(await begin('192.0.2.7')).toBe(200)
  })
  it('nor can such a visitor try more of them', async () => {
    const codes: number[] = []
    for (let index = 0; index < 30; index += 1) codes.push(await type(`2001:db8:1:${index.toString(16)}::1`))
    expect(codes.filter((code) => code !== 429).length).toBeLessThanOrEqual(11)
    expect(await type('2001:db8:2::1')).not.toBe(429)
  })
})
