import { mkdir, mkdtempDisposable, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { readSigningKeys } from '../../../login/keys/signing-keys.ts'
import { newPem } from '../new-pem.ts'

it('publishes all keys of a mounted version, also while the kubelet has not made the links to its new files yet', async () => {
  await using dir = await mkdtempDisposable(join(tmpdir(), 'jit-keys-'))
  await mkdir(join(dir.path, '..v2'))
  for (const name of ['current', 'next', 'previous']) await writeFile(join(dir.path, '..v2', `${name}.pem`), newPem())
  await symlink('..v2', join(dir.path, '..data'))
  await symlink('..data/current.pem', join(dir.path, 'current.pem'))
  const { current, published } = await readSigningKeys(dir.path)
  expect(published).toHaveLength(3)
  expect(published[0]?.kid).toBe(current.kid)
})
