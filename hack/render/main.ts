import { join } from 'node:path'
import { settingsOf } from '../cluster/settings.ts'
import { findKubectl } from './find-kubectl.ts'
import { render } from './render.ts'
import { readArguments } from '../read-arguments.ts'

/**
 * `node hack/render/main.ts [--check]`: writes manifests/ from kustomize/, or with `--check` reports what is out of date and writes
 * nothing.
 */
const { values } = readArguments('usage: npm run render -- [--check]\n', { check: { type: 'boolean', default: false } })
const kubectl = await findKubectl(settingsOf(process.env), (line) => void process.stderr.write(`${line}\n`))
const different = await render({ root: join(import.meta.dirname, '../..'), kubectl, write: !values.check })
for (const file of different)
  process.stdout.write(values.check ? `${file} is not what kustomize/ renders: run npm run render\n` : `${file} written\n`)
if (values.check && different.length > 0) process.exitCode = 1
