import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { samlClient } from '../../../hack/keycloak/realm.ts'
import { ROOT } from '../../manifest/overlay.ts'

/** The tests with a real Keycloak use `samlClient`, so what is true of it is true of the sample. */
it('the client that admins import into their Keycloak is the one that is tested', async () => {
  const sample: unknown = JSON.parse(await readFile(join(ROOT, 'manifests/samples/login/keycloak-client.json'), 'utf8'))
  const at = 'https://login.example.com/upstream/corp'
  const tested = samlClient({
    entityID: `${at}/metadata`,
    acs: `${at}/acs`,
    slo: `${at}/slo`,
    signingCert: 'SIGNING_CERT',
    encryptionCert: 'ENCRYPTION_CERT',
  })
  expect(sample).toEqual(tested)
})
