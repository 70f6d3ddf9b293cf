import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from './run-build.ts'

export type SmallImage = {
  readonly name: string
  readonly rootfs: string
  readonly entrypoint?: readonly string[]
  readonly command: readonly string[]
}

const PATH = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
const REPRODUCIBLE = ['--sort=name', '--mtime=@0', '--owner=0', '--group=0', '--numeric-owner']

/** Writes a container image of one layer as a tar that `ctr images import` reads. Needs no daemon, but GNU tar, so Linux only. */
export async function writeImage({ name, rootfs, entrypoint, command }: SmallImage, file: string): Promise<void> {
  const work = await mkdtemp(join(tmpdir(), 'jit-image-'))
  try {
    await run('tar', [...REPRODUCIBLE, '-C', rootfs, '-cf', join(work, 'layer.tar'), '.'])
    const layer = createHash('sha256')
      .update(await readFile(join(work, 'layer.tar')))
      .digest('hex')
    const config = {
      architecture: process.arch === 'x64' ? 'amd64' : process.arch,
      os: 'linux',
      created: '1970-01-01T00:00:00Z',
      config: { ...(entrypoint === undefined ? {} : { Entrypoint: entrypoint }), Cmd: command, Env: [PATH], WorkingDir: '/' },
      rootfs: { type: 'layers', diff_ids: [`sha256:${layer}`] },
    }
    await writeFile(join(work, 'config.json'), JSON.stringify(config))
    await writeFile(join(work, 'manifest.json'), JSON.stringify([{ Config: 'config.json', RepoTags: [name], Layers: ['layer.tar'] }]))
    await run('tar', ['-C', work, '-cf', file, 'manifest.json', 'config.json', 'layer.tar'])
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}
