import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { realmOf } from '../../hack/keycloak/realm.ts'
import { OWN_IDENTITIES, readIdentities } from '../../hack/identity-provider/identities.ts'
import { ROOT } from '../manifest/overlay.ts'

const page = await readFile(join(ROOT, 'docs/how-to/keycloak.md'), 'utf8')
/** The commands of the blocks of the page, as somebody copies them. */
const blocks = [...page.matchAll(/```console\n([^]*?)```/g)].map(([, body = '']) => body.replaceAll(/^ *\$ /gm, '').trimEnd())

it('the commands that fill in the client make valid JSON, with the certificates and the host', async () => {
  const commands = blocks.find((block) => block.includes('certificate()')) ?? 'exit 1'
  const folder = await mkdtemp(join(tmpdir(), 'keycloak-docs-'))
  try {
    await symlink(join(ROOT, 'manifests'), join(folder, 'manifests'))
    // Stands in for openssl: prints the name of the certificate.
    await writeFile(join(folder, 'openssl'), '#!/bin/sh\nprintf "%s" "the bytes of $3"\n', { mode: 0o755 })
    await promisify(execFile)('bash', ['-euc', commands], { cwd: folder, env: { PATH: `${folder}:${process.env['PATH'] ?? ''}` } })
    const client = JSON.parse(await readFile(join(folder, 'client.json'), 'utf8')) as { clientId: string; attributes: { [name: string]: string } }
    expect(client.clientId).toBe('https://login.corp.example/upstream/corp/metadata')
    const read = (name: string): string => Buffer.from(client.attributes[name] ?? '', 'base64').toString()
    expect([read('saml.signing.certificate'), read('saml.encryption.certificate')]).toEqual([
      'the bytes of signing.crt',
      'the bytes of encryption.crt',
    ])
    expect(JSON.stringify(client)).not.toMatch(/example\.com|_CERT/)
  } finally {
    await rm(folder, { recursive: true })
  }
})

it('the people that the page names are in the realm, with the groups that it says', async () => {
  const people = [...(await readIdentities(OWN_IDENTITIES)).values()].map(({ id, groups }) => ({ username: id, password: 'x', groups }))
  const { users } = realmOf({ name: 'jit', people }) as {
    readonly users: readonly { readonly username: string; readonly groups: readonly string[] }[]
  }
  const groupsOf = (name: string): readonly string[] => users.find(({ username }) => username === name)?.groups ?? []
  expect([groupsOf('approver'), groupsOf('second-approver'), groupsOf('developer')]).toEqual([['/approvers'], ['/approvers'], ['/developers']])
  expect(page).toContain('`approver` and `second-approver` are in the group `approvers`')
})
