import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { readIssuers } from '../../../gateway/authenticate/issuer-config.ts'
import { prefixClash, prefixProblem } from '../../../server/claims/issuer-prefixes.ts'
import { readClaims } from '../../../gateway/authenticate/read-claims.ts'

let dir: string
beforeEach(async () => void (dir = await mkdtemp(join(tmpdir(), 'issuers-'))))
afterEach(() => rm(dir, { recursive: true }))

type Given = { readonly usernamePrefix?: string; readonly groupsPrefix?: string; readonly issuer?: string }
/** Writes issuer files as JSON, which is also YAML. */
async function read(...issuers: readonly Given[]) {
  await Promise.all(
    issuers.map((given, at) =>
      writeFile(
        join(dir, `i${at}.yaml`),
        JSON.stringify({ issuer: `https://issuer-${at}.test`, audiences: ['a'], usernamePrefix: `p${at}:`, groupsPrefix: `p${at}:`, ...given }),
      ),
    ),
  )
  return readIssuers(dir)
}

it.each(['oidc:', 'https://issuer.test#', 'corp/', 'a:b:'])('accepts the prefix %j', async (prefix) => {
  expect(await read({ usernamePrefix: prefix, groupsPrefix: prefix })).toHaveLength(1)
})
it.each(['', 'oidc', 'oidc-', 'system', 'system:', 'System:x:', 'jit', 'jit.access:', 'JIT.access:a:', 'jit.access/', 'a b:', 'ö:'])(
  'refuses the prefix %j and names the field and an example',
  async (prefix) => {
    await expect(read({ usernamePrefix: prefix })).rejects.toThrow(/i0[.]yaml: [.]usernamePrefix: .*write for example/)
    await expect(read({ groupsPrefix: prefix })).rejects.toThrow(/i0[.]yaml: [.]groupsPrefix: .*write for example/)
  },
)
it.each([
  [{ usernamePrefix: 'o:' }, { usernamePrefix: 'o:' }],
  [{ usernamePrefix: 'o:' }, { usernamePrefix: 'o:a:' }],
  [{ groupsPrefix: 'o:' }, { groupsPrefix: 'o:' }],
  [{ groupsPrefix: 'o:a:' }, { groupsPrefix: 'o:' }],
  [{ groupsPrefix: 'o:' }, { usernamePrefix: 'o:a:' }],
])('refuses the issuers %j and %j, whose prefixes overlap', async (one, other) => {
  await expect(read(one, other)).rejects.toThrow(/Prefix.* begins .*prefixes of its own/)
})
it('reads the issuers of a mounted version, also while the kubelet has not removed the link to a file of the version before', async () => {
  await mkdir(join(dir, '..v2'))
  await symlink('..v2', join(dir, '..data'))
  for (const name of ['gone.yaml', 'there.yaml']) await symlink(`..data/${name}`, join(dir, name))
  const there = { issuer: 'https://a.test', audiences: ['a'], usernamePrefix: 'p:', groupsPrefix: 'p:' }
  await writeFile(join(dir, '..v2', 'there.yaml'), JSON.stringify(there))
  expect((await readIssuers(dir)).map(({ issuer }) => issuer)).toEqual(['https://a.test'])
})
it('does not read a version that is not there as a folder without issuers, which would refuse every agent', async () => {
  await symlink('..gone', join(dir, '..data'))
  await expect(readIssuers(dir)).rejects.toThrow('cannot be read')
  expect(await readIssuers(join(dir, 'absent'))).toEqual([])
})
it('refuses two files for the same issuer', async () => {
  await expect(read({ issuer: 'https://a.test' }, { issuer: 'https://a.test' })).rejects.toThrow('two files name the issuer')
})

const PREFIX = fc.string({ unit: fc.constantFrom('a', 'b', ':', '/', '#'), minLength: 1, maxLength: 4 })
const NAME = fc.string({ unit: fc.constantFrom('a', 'b', ':', '/', '#'), minLength: 1, maxLength: 6 })
it('two accepted issuers can never name a user or group of each other', () => {
  fc.assert(
    fc.property(fc.tuple(PREFIX, PREFIX, PREFIX, PREFIX), NAME, NAME, (prefixes, first, second) => {
      const [one, other] = [
        { issuer: 'https://one.test', usernamePrefix: prefixes[0], groupsPrefix: prefixes[1] },
        { issuer: 'https://other.test', usernamePrefix: prefixes[2], groupsPrefix: prefixes[3] },
      ]
      fc.pre(prefixProblem(one) === undefined && prefixProblem(other) === undefined && prefixClash([one, other]) === undefined)
      const namesOf = (prefixed: typeof one, name: string): readonly string[] => {
        const config = { ...prefixed, audiences: [], algorithms: [], usernameClaim: 'sub', groupsClaim: 'groups' }
        const claims: object = { sub: name, groups: [name] }
        const { username, groups } = readClaims({ ...claims, exp: 1 }, config).caller.identity
        return [username, ...groups]
      }
      const names = namesOf(one, first)
      for (const name of namesOf(other, second)) expect(names).not.toContain(name)
    }),
  )
})
