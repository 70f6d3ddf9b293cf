import { X509Certificate } from 'node:crypto'
import { expect, test } from 'vitest'
import { authorityData, bundleOf, DAY_MS, readAuthorities, renewAuthorities, signerOf } from '../../certificates/authorities.ts'
import { isGood, issue } from '../../certificates/serving.ts'

const LIFETIMES = { caDays: 730, servingDays: 90, renewBeforeDays: 30 }
const START = Date.UTC(2026, 0, 1)
const wanted = (nowMs: number) => ({ ...LIFETIMES, names: ['jit-gateway.jit-system.svc', '10.1.2.3'], nowMs })

test('the first run creates one authority, and later runs keep it', async () => {
  const first = await renewAuthorities([], LIFETIMES, START)
  expect(first).toHaveLength(1)
  expect(await renewAuthorities(first, LIFETIMES, START + 600 * DAY_MS)).toEqual(first)
})

test('a new authority is distributed thirty days before it signs anything, and the old one stays while it is valid', async () => {
  const old = await renewAuthorities([], LIFETIMES, START)
  const day = START + 615 * DAY_MS // 115 days are left, which a serving certificate and its lead do not fit into
  const both = await renewAuthorities(old, LIFETIMES, day)
  expect(both).toHaveLength(2)
  expect(both[0]).toEqual(old[0])
  expect(signerOf(both, day + 90 * DAY_MS)).toEqual(both[0])
  const later = day + 31 * DAY_MS
  expect(await renewAuthorities(both, LIFETIMES, later)).toEqual(both)
  expect(signerOf(both, later + 90 * DAY_MS)).toEqual(both[1])
  expect(bundleOf(both).match(/BEGIN CERTIFICATE/g)).toHaveLength(2)
  expect(await renewAuthorities(both, LIFETIMES, START + 731 * DAY_MS)).toEqual([both[1]])
})

test('authorities are restored from a Secret', async () => {
  const authorities = await renewAuthorities([], LIFETIMES, START)
  expect(readAuthorities(authorityData(authorities))).toEqual(authorities)
})

test('a mismatched key and unparsable data are not used as an authority', async () => {
  const [one] = await renewAuthorities([], LIFETIMES, START)
  const [other] = await renewAuthorities([], LIFETIMES, START)
  expect(readAuthorities(authorityData([{ cert: one?.cert ?? '', key: other?.key ?? '' }]))).toEqual([])
  expect(readAuthorities({ 'certificates.pem': 'bm90aGluZw==', 'keys.pem': '' })).toEqual([])
})

test('a serving certificate is for its names, for servers only, and verifies against the authority', async () => {
  const authorities = await renewAuthorities([], LIFETIMES, Date.now())
  const pair = await issue(authorities, wanted(Date.now()))
  const certificate = new X509Certificate(pair.cert)
  expect(certificate.subjectAltName).toBe('DNS:jit-gateway.jit-system.svc, IP Address:10.1.2.3')
  expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1'])
  expect(certificate.checkIssued(new X509Certificate(authorities[0]?.cert ?? ''))).toBe(true)
  expect(certificate.ca).toBe(false)
})

test('a serving certificate is renewed when a third of its lifetime is left, when its names change, and when its authority is gone', async () => {
  const authorities = await renewAuthorities([], LIFETIMES, START)
  const pair = await issue(authorities, wanted(START))
  const others = await renewAuthorities([], LIFETIMES, START)
  expect({
    young: isGood(pair, authorities, wanted(START + 59 * DAY_MS)),
    old: isGood(pair, authorities, wanted(START + 61 * DAY_MS)),
    named: isGood(pair, authorities, { ...wanted(START), names: ['other'] }),
    foreign: isGood(pair, others, wanted(START)),
    broken: isGood({ ...pair, key: 'no key' }, authorities, wanted(START)),
  }).toEqual({ young: true, old: false, named: false, foreign: false, broken: false })
})
