import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { parseAllDocuments } from 'yaml'
import { settingsOf } from '../../hack/cluster/settings.ts'
import { findKubectl } from '../../hack/render/find-kubectl.ts'
import { kustomize } from '../../hack/render/render.ts'

export const ROOT = join(import.meta.dirname, '../..')
export const OVERLAYS = ['default', 'local'] as const

export type Manifest = {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: {
    readonly name: string
    readonly namespace?: string
    readonly annotations?: { readonly [key: string]: string }
    readonly labels?: { readonly [key: string]: string }
  }
  readonly [field: string]: unknown
}

export const manifestsIn = (text: string): readonly Manifest[] => parseAllDocuments(text).map((document) => document.toJS() as Manifest)

/** The objects of an overlay, or of any folder with a kustomization, as kubectl would apply them. */
export async function rendered(folder: string): Promise<readonly Manifest[]> {
  const kubectl = await findKubectl(settingsOf(process.env), (line) => process.stderr.write(`${line}\n`))
  return manifestsIn(await kustomize(kubectl, join(ROOT, folder)))
}

/** The objects of the base with components. kustomize reads no component outside of its root, so the folder is where an admin would create it. */
export async function renderedWith(...components: readonly string[]): Promise<readonly Manifest[]> {
  const folder = await mkdtemp(join(ROOT, 'kustomize/overlays/test-'))
  try {
    const paths = components.map((component) => `../../components/${component}`).join(', ')
    await writeFile(
      join(folder, 'kustomization.yaml'),
      `apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [../../base]\ncomponents: [${paths}]\n`,
    )
    return await rendered(relative(ROOT, folder))
  } finally {
    await rm(folder, { recursive: true })
  }
}

export const ofKind = (manifests: readonly Manifest[], kind: string): readonly Manifest[] => manifests.filter((manifest) => manifest.kind === kind)
