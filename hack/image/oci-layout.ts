import { createHash } from 'node:crypto'
import { CONTENTS } from './contents.ts'
import type { TarEntry } from './tar.ts'

/** A layer file on this machine. `digest` is the bare SHA-256 of its bytes in hex. */
export type Blob = { readonly file: string; readonly digest: string; readonly size: number }

const blobPath = (digest: string): string => `blobs/sha256/${digest.replace('sha256:', '')}`
const json = (path: string, value: object): TarEntry => ({ kind: 'file', path, mode: 0o644, content: Buffer.from(JSON.stringify(value)) })

/** An image in OCI layout with `docker save`'s manifest.json: containerd, docker and podman all load it. */
export function imageEntries(name: string, layers: readonly Blob[]): readonly TarEntry[] {
  const blobs = new Map<string, Buffer>()
  const put = (value: object): { readonly digest: string; readonly size: number } => {
    const content = Buffer.from(JSON.stringify(value))
    const digest = createHash('sha256').update(content).digest('hex')
    blobs.set(digest, content)
    return { digest: `sha256:${digest}`, size: content.length }
  }
  const architecture = process.arch === 'x64' ? 'amd64' : process.arch
  const config = put({
    architecture,
    os: 'linux',
    created: '1970-01-01T00:00:00Z',
    config: {
      Entrypoint: CONTENTS.entrypoint,
      Env: [`PATH=${CONTENTS.path}`, ...Object.entries(CONTENTS.environment).map(([key, value]) => `${key}=${value}`)],
      WorkingDir: CONTENTS.workdir,
      User: CONTENTS.user,
    },
    rootfs: { type: 'layers', diff_ids: layers.map(({ digest }) => `sha256:${digest}`) },
  })
  const manifest = put({
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: { mediaType: 'application/vnd.oci.image.config.v1+json', ...config },
    layers: layers.map(({ digest, size }) => ({ mediaType: 'application/vnd.oci.image.layer.v1.tar', digest: `sha256:${digest}`, size })),
  })
  const index = {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.index.v1+json',
    manifests: [
      {
        mediaType: 'application/vnd.oci.image.manifest.v1+json',
        ...manifest,
        platform: { architecture, os: 'linux' },
        annotations: { 'io.containerd.image.name': name, 'org.opencontainers.image.ref.name': name.slice(name.lastIndexOf(':') + 1) },
      },
    ],
  }
  const docker = [{ Config: blobPath(config.digest), RepoTags: [name], Layers: layers.map(({ digest }) => blobPath(digest)) }]
  return [
    json('oci-layout', { imageLayoutVersion: '1.0.0' }),
    json('index.json', index),
    json('manifest.json', docker),
    ...[...blobs].map(([digest, content]): TarEntry => ({ kind: 'file', path: `blobs/sha256/${digest}`, mode: 0o644, content })),
    ...layers.map(({ file, digest }): TarEntry => ({ kind: 'copy', path: `blobs/sha256/${digest}`, mode: 0o644, source: file })),
  ]
}
