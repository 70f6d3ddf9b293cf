import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decodeJwt } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startIdentityProvider, type IdentityProvider } from '../../../hack/identity-provider/start-identity-provider.ts'
import { runProgram, type Ran } from '../../cluster/run-program.ts'

const MAIN = join(import.meta.dirname, '../../../hack/token/main.ts')

describe('npm run token', () => {
  let dir: string
  let provider: IdentityProvider
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'jit-token-'))
    provider = await startIdentityProvider({ dir: join(dir, 'identity-provider') })
  })
  afterAll(async () => {
    await provider.stop()
    await rm(dir, { recursive: true, force: true })
  })
  const token = (...args: readonly string[]): Promise<Ran> => runProgram(process.execPath, [MAIN, '--dir', dir, ...args])

  it('prints a token and nothing else', async () => {
    const ran = await token('--user', 'approver', '--groups', 'a,b', '--audience', 'x', '--ttl', '-5', '--claims', '{"email":"e@example.org"}')
    expect([ran.code, ran.stderr]).toEqual([0, ''])
    expect(decodeJwt(ran.stdout.trim())).toMatchObject({ sub: 'approver', groups: ['a', 'b'], aud: 'x', email: 'e@example.org' })
  })

  it('works as a credential plugin of kubectl', async () => {
    const { stdout } = await token('--user', 'agent', '--exec-credential')
    const credential = JSON.parse(stdout) as { readonly status: { readonly token: string; readonly expirationTimestamp: string } }
    expect(credential).toMatchObject({ apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential' })
    expect(Date.parse(credential.status.expirationTimestamp) / 1000).toBe(decodeJwt(credential.status.token).exp)
  })

  it('says in one line why there is no token', async () => {
    expect(await token('--user', 'nobody')).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/^the identity provider refused: there is no identity "nobody".*\n$/),
    })
    const elsewhere = await runProgram(process.execPath, [MAIN, '--user', 'agent', '--dir', join(dir, 'nowhere')])
    expect(elsewhere).toMatchObject({ code: 1, stdout: '' })
    expect(elsewhere.stderr).toBe(
      `no identity provider runs in ${join(dir, 'nowhere')}: start the environment with \`npm run up\`, or name its folder with --dir\n`,
    )
  })

  it('shows its usage for an unknown or missing flag, with exit code 2', async () => {
    expect((await token()).stderr).toMatch(/^--user is missing\n\nusage: npm run token/)
    expect((await token('--usr', 'agent')).code).toBe(2)
  })
})
