import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { findBinaries, type BinariesOptions } from '../../../hack/cluster/binaries.ts'

const REMEDIES = /Install Go >= 1[.]26 .*or set KUBEBUILDER_ASSETS/

describe('finding the binaries of a cluster', () => {
  let dir: string
  let said: string[]
  const options = (more: Partial<BinariesOptions> = {}): BinariesOptions => ({
    cacheDir: join(dir, 'cache'),
    say: (line) => void said.push(line),
    signal: new AbortController().signal,
    ...more,
  })
  const program = async (name: string, prints: string): Promise<void> => {
    await writeFile(join(dir, name), `#!/bin/sh\necho '${prints}'\n`)
    await chmod(join(dir, name), 0o755)
  }
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'jit-binaries-'))
    said = []
  })
  afterEach(async () => {
    vi.unstubAllEnvs()
    await rm(dir, { recursive: true, force: true })
  })

  it('names both remedies when there is no Go', async () => {
    vi.stubEnv('PATH', dir)
    const failure = findBinaries(options())
    await expect(failure).rejects.toThrow('There is no Go on PATH.')
    await expect(failure).rejects.toThrow(REMEDIES)
  })

  it('names both remedies when Go is too old', async () => {
    await program('go', 'go1.25.9')
    vi.stubEnv('PATH', `${dir}:/bin`)
    const failure = findBinaries(options())
    await expect(failure).rejects.toThrow('Go go1.25.9 is too old.')
    await expect(failure).rejects.toThrow(REMEDIES)
  })

  it('says which program a KUBEBUILDER_ASSETS folder lacks', async () => {
    await program('kube-apiserver', 'Kubernetes v1.36.3')
    await expect(findBinaries(options({ assetsDir: dir }))).rejects.toThrow(`KUBEBUILDER_ASSETS=${dir} has no etcd.`)
  })

  it('uses KUBEBUILDER_ASSETS without a node and says so', async () => {
    await program('kube-apiserver', 'Kubernetes v1.36.3')
    await program('etcd', '')
    await program('kubectl', '')
    expect(await findBinaries(options({ assetsDir: dir }))).toEqual({ version: 'v1.36.3', binDir: dir, nodeKind: 'none' })
    expect(said).toEqual(['KUBEBUILDER_ASSETS has no node: Pods are accepted and never run'])
    await expect(findBinaries(options({ assetsDir: dir, nodeKind: 'real' }))).rejects.toThrow('no node with real containers')
  })
})
