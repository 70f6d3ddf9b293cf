import { mkdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { environment, uniqueName } from '../../cluster/environment.ts'
import { runProgram, type Ran } from '../../cluster/run-program.ts'
import { plugins } from '../operations.ts'
import { workspace } from '../workspace.ts'
import { kubectls } from '../versions.ts'

const BUILD_MS = 900_000 // if nothing is cached
const on = workspace()
/** kubectl supports plugins below `create` from this version on. */
const takesThem = (version: string): boolean => !/^v1[.]([0-9]|1\d|2[0-8])[.]/.test(version)

describe.each((await kubectls('unlike')).filter(({ version }) => takesThem(version)))('plugins $version', ({ version, path }) => {
  let folder = ''
  let request = ''
  beforeAll(async () => {
    folder = join(on().folder, version.replaceAll(' ', '-'))
    await mkdir(folder)
    await symlink(await path(), join(folder, 'kubectl'))
  }, BUILD_MS)

  const kubectl = async (who: 'agent' | 'approver', args: readonly string[]): Promise<Ran> => {
    const { binDir, kubeconfigs } = await environment()
    const KUBECONFIG = who === 'agent' ? on().kubeconfigs.gateway : kubeconfigs.approver
    return runProgram(join(folder, 'kubectl'), args, { env: { PATH: `${folder}:${binDir}:${process.env['PATH'] ?? ''}`, KUBECONFIG } })
  }

  const walks: { readonly [operation in (typeof plugins)[number]]: () => Promise<void> } = {
    'create accessrequest --help': async () => {
      const { code, stdout } = await kubectl('agent', ['create', 'accessrequest', '--help'])
      expect([code, stdout]).toEqual([0, expect.stringContaining('kubectl create accessrequest --verb')])
    },
    'create accessrequest': async () => {
      const name = uniqueName('plugin')
      const rule = ['--verb=patch', '--resource=configmaps', `--namespace=${on().shared}`, `--name=${name}`]
      const { code, stdout, stderr } = await kubectl('agent', ['create', 'accessrequest', ...rule, '-o', 'name'])
      expect([code, stderr]).toEqual([0, ''])
      request = /accessrequest[.]jit[.]access\/(\S+)/.exec(stdout)?.[1] ?? ''
      expect(request).not.toBe('')
    },
    certify: async () => expect(await kubectl('approver', ['certify'])).toMatchObject({ code: 0, stdout: expect.stringContaining(request) }),
    'certify approve': async () =>
      expect(await kubectl('approver', ['certify', 'approve', request])).toMatchObject({
        code: 0,
        stdout: expect.stringContaining(`accessrequest.jit.access/${request} approved`),
      }),
    'certify revoke': async () =>
      expect(await kubectl('approver', ['certify', 'revoke', request, '--reason=seen'])).toMatchObject({
        code: 0,
        stdout: `accessgrant.jit.access/${request} revoked\n`,
      }),
  }
  it.each(plugins)('%s', (operation) => walks[operation]())
})
