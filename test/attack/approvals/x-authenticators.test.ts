import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { SettingsService } from '@simplewebauthn/server'
import forge from 'node-forge'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ALICE, causesOf, PLACE, startPasskeys, type PasskeyFixture } from '../../apiserver/resources/passkeys/passkey-fixture.ts'
import type { ApproverKey } from '../../../domain/api/passkeys/approver-key.ts'
import { createAuthenticator } from '../../fakes/authenticator.ts'

/** X. What an authenticator, or who pretends to be one, says about itself. */
let fixture: PasskeyFixture
beforeEach(async () => void (fixture = await startPasskeys({ approvals: { required: 1, passkey: { requiredFor: 'Low' } } })))
afterEach(() => fixture.close())

const { pki, asn1 } = forge
const { NONE, OID } = asn1.Type
/** An element whose number is one of its context. forge names the numbers 0 and 6 by the types that have them elsewhere. */
const tagged = (tag: typeof NONE | typeof OID, value: string | forge.asn1.Asn1[]): forge.asn1.Asn1 =>
  asn1.create(asn1.Class.CONTEXT_SPECIFIC, tag, typeof value !== 'string', value)
const sequence = (inner: forge.asn1.Asn1) => asn1.create(asn1.Class.UNIVERSAL, asn1.Type.SEQUENCE, true, [inner])

/** A certificate, and one that it signs whose list of revoked certificates is at a URL. */
function chainWithList(url: string): { readonly root: string; readonly leaf: Buffer } {
  const keys = pki.rsa.generateKeyPair(1024)
  const make = (name: string, issuer: string, extensions: object[]): forge.pki.Certificate => {
    const cert = pki.createCertificate()
    cert.publicKey = keys.publicKey
    cert.serialNumber = '01'
    cert.validity.notBefore = new Date(Date.now() - 60_000)
    cert.validity.notAfter = new Date(Date.now() + 600_000)
    cert.setSubject([{ name: 'commonName', value: name }])
    cert.setIssuer([{ name: 'commonName', value: issuer }])
    cert.setExtensions(extensions)
    cert.sign(keys.privateKey, forge.md.sha256.create())
    return cert
  }
  const points = sequence(sequence(tagged(NONE, [tagged(NONE, [tagged(OID, url)])])))
  const list = { id: '2.5.29.31', value: asn1.toDer(points).getBytes() }
  const root = make('root', 'root', [{ name: 'basicConstraints', cA: true }])
  const leaf = make('leaf', 'root', [list])
  return { root: pki.certificateToPem(root), leaf: Buffer.from(asn1.toDer(pki.certificateToAsn1(leaf)).getBytes(), 'latin1') }
}

describe('X. an authenticator', () => {
  it('X413 makes the apiserver fetch no URL that its certificate names', async () => {
    let fetched = 0
    const server = createServer((_request, response) => {
      fetched += 1
      response.end()
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { root, leaf } = chainWithList(`http://127.0.0.1:${(server.address() as AddressInfo).port}/list`)
    // As if somebody had got a certificate of an authority that the library knows.
    SettingsService.setRootCertificates({ identifier: 'apple', certificates: [root] })
    const made = (await fixture.createKey(ALICE)).body as unknown as ApproverKey
    const attestation = { fmt: 'apple', attStmt: new Map([['x5c', [leaf]]]) }
    await fixture.register(ALICE, made, { device: createAuthenticator(PLACE), twist: { attestation } })
    expect(fetched).toBe(0)
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  it('X414 that says otherwise than before whether its key may be copied approves nothing', async () => {
    for (const [before, now] of [
      [false, true],
      [true, false],
    ] as const) {
      const device = createAuthenticator(PLACE)
      const made = (await fixture.createKey(ALICE)).body as unknown as ApproverKey
      const key = (await fixture.register(ALICE, made, { device, twist: { backupEligible: before } })).body as unknown as ApproverKey
      expect((await fixture.confirm({ ...ALICE, username: 'oidc:admin' }, key)).code).toBe(200)
      const enrolled = { name: key.metadata.name, device }
      const name = await fixture.ask()
      const answer = await fixture.approve(ALICE, name, { key: enrolled, twist: { backupEligible: now } })
      expect([answer.code, causesOf(answer)[0]?.reason]).toEqual([403, 'PasskeyRejected'])
      expect((await fixture.approve(ALICE, name, { key: enrolled, twist: { backupEligible: before } })).code).toBe(200)
    }
  })
})
