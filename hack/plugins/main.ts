import { chmod, copyFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { archive } from './archive.ts'
import { bundlePlugin } from './bundle.ts'
import { krewManifest } from './krew.ts'
import { readArguments } from '../read-arguments.ts'
import { COMPLETER, PLUGINS } from './plugins.ts'
import { KUBECTL_COMPLETE } from '../../cli/completion/scripts.ts'

/**
 * `npm run plugins -- [--out DIR] [--uri URL]`: writes both kubectl plugins and their archive, and with `--uri`, the URL at which you publish
 * the archive, the manifest for krew.
 */
const ROOT = join(import.meta.dirname, '../..')
const { version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as { readonly version: string }
const name = `jit-access-plugins-v${version}.tar.gz`
const { values } = readArguments('usage: npm run plugins -- [--out DIR] [--uri URL]\n', {
  out: { type: 'string', default: join(ROOT, 'dist/plugins') },
  uri: { type: 'string' },
})
await mkdir(values.out, { recursive: true })
for (const plugin of PLUGINS) process.stdout.write(`${await bundlePlugin(plugin, { root: ROOT, version, dir: values.out })}\n`)
const completer = join(values.out, COMPLETER)
await writeFile(completer, KUBECTL_COMPLETE)
await chmod(completer, 0o755)
process.stdout.write(`${completer}\n`)
await copyFile(join(ROOT, 'LICENSE'), join(values.out, 'LICENSE'))
const sha256 = await archive(values.out, [...PLUGINS, COMPLETER, 'LICENSE'], join(values.out, name))
process.stdout.write(`${join(values.out, name)}  sha256 ${sha256}\n`)
if (values.uri !== undefined) {
  const manifest = join(values.out, 'certify.yaml')
  await writeFile(manifest, krewManifest({ version, uri: values.uri, sha256 }))
  process.stdout.write(`${manifest}  for kubectl krew install --manifest\n`)
}
