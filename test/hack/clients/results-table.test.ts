import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { findKubectls } from '../../../hack/clients/find-kubectls.ts'
import { readResults, tableOf } from '../../../hack/clients/results-table.ts'

const test = (client: string, title: string, status: string) => ({ ancestorTitles: [client], title, status })

it('lists the versions of a client in one row and shows which failed', () => {
  const assertionResults = [
    test('kubectl v1.29.14', 'get', 'passed'),
    test('kubectl v1.36.6', 'get', 'failed'),
    test('helm', 'list', 'passed'),
    test('helm', 'status', 'skipped'),
  ]
  const lines = tableOf(readResults(JSON.stringify({ testResults: [{ assertionResults }] }))).split('\n')
  expect(lines.map((line) => line.replaceAll(/ +/g, ' '))).toEqual([
    '',
    'client operation same through the gateway, or as documented',
    'kubectl get v1.29.14 FAILED: v1.36.6',
    'helm list the one',
    '',
  ])
})

it('finds each kubectl once, also next to the target of a symbolic link, and skips dispatchers', async () => {
  const root = await mkdtemp(join(tmpdir(), 'jit-kubectls-'))
  const program = async (name: string, version: string): Promise<void> =>
    writeFile(join(root, name), `#!/bin/sh\necho '{"clientVersion": {\n"gitVersion": "${version}"}}'\n`, { mode: 0o755 })
  await mkdir(join(root, 'sdk'))
  await mkdir(join(root, 'bin'))
  await program('sdk/kubectl', 'v1.32.4-dispatcher')
  await program('sdk/kubectl.1.30', 'v1.30.13')
  await program('sdk/kubectl.1.29', 'v1.29.14')
  await program('sdk/kubectl-convert', 'v1.1.1')
  await symlink('../sdk/kubectl', join(root, 'bin/kubectl'))
  const found = await findKubectls(`${join(root, 'bin')}:${join(root, 'nowhere')}:${join(root, 'sdk')}`)
  expect(found.map(({ version }) => version)).toEqual(['v1.29.14', 'v1.30.13'])
  await rm(root, { recursive: true })
})
