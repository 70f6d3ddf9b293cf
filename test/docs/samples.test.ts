import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { unknownFields } from '../../apiserver/machinery/write/unknown-fields.ts'
import { problems } from '../../server/schema/problems.ts'
import type { Kind, KubeObject } from '../../apiserver/machinery/kind.ts'
import { accessPolicies } from '../../apiserver/resources/access-policy.ts'
import { accessRequests } from '../../apiserver/resources/access-request.ts'
import { openSqliteStore } from '../../apiserver/storage/sqlite.ts'
import { CERTIFY_FLAGS, checkFlags } from '../../cli/certify/flags.ts'
import { COMMAND_HELP } from '../../cli/certify/help.ts'
import { CREATE_FLAGS } from '../../cli/create-accessrequest/flags.ts'
import { parseFlags } from '../../cli/terminal/parse-flags.ts'
import { shellWords } from '../../cli/format/remedy.ts'
import { conditionProblem } from '../../server/conditions/cel.ts'

const ROOT = join(import.meta.dirname, '../..')
const PAGES = globSync('{*.md,docs/**/*.md}', { cwd: ROOT }).sort()
const text = (file: string): string => readFileSync(join(ROOT, file), 'utf8')

type Block = { readonly file: string; readonly line: number; readonly language: string; readonly body: string }
const blocks = PAGES.flatMap((file): readonly Block[] =>
  [...text(file).matchAll(/^( *)```(\w+)\n([\s\S]*?)^\1```$/gm)].map(({ index, 1: indent = '', 2: language = '', 3: body = '' }) => ({
    file,
    line: text(file).slice(0, index).split('\n').length,
    language,
    body: body.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
  })),
)
const named = (...languages: readonly string[]): readonly (readonly [string, Block])[] =>
  blocks.filter(({ language }) => languages.includes(language)).map((block) => [`${block.file}:${block.line}`, block])

const store = openSqliteStore(':memory:', 0)
const KINDS: readonly Kind[] = [
  accessPolicies(conditionProblem, store),
  accessRequests({
    store,
    authorizer: { allowed: () => Promise.resolve(false) },
    rights: { allowed: () => Promise.resolve(false) },
    evaluate: () => false,
  }),
]

/** What the server's validation reports about an object of ours; nothing for other kinds. */
function complaints(object: Partial<KubeObject> | null): readonly unknown[] {
  const kind = KINDS.find((each) => object?.apiVersion === 'jit.access/v1' && object.kind === each.kind)
  if (kind === undefined || object === null) return []
  const spec = object.spec ?? {}
  const shape = [...unknownFields(kind.spec, spec, 'spec'), ...problems(kind.spec, spec, 'spec')]
  return shape.length > 0 ? shape : kind.strategy.validate({ metadata: { name: 'sample' }, ...object } as KubeObject)
}

describe('YAML in the docs', () => {
  it('is there', () => expect(named('yaml', 'yml').length).toBeGreaterThan(0))

  it.each(named('yaml', 'yml'))('%s parses, and the server accepts it', (_, { body }) => {
    for (const document of parseAllDocuments(body)) {
      expect(document.errors).toEqual([])
      expect(complaints(document.toJS() as Partial<KubeObject> | null)).toEqual([])
    }
  })
})

it.each(named('json'))('JSON in %s parses', (_, { body }) => void JSON.parse(body))

/** Command lines of a console block: after a prompt, with continuation lines. The command in a refusal counts too. */
const commandsIn = (body: string): readonly string[] =>
  [...body.replaceAll('\\\n', ' ').matchAll(/^(?:(?:\[[\w-]+\])?[$#] |\s+)((?:[A-Z_]+=\S+ )*(?:kubectl|npm|node) .*)$/gm)].map(([, command = '']) =>
    command.replace(/\s+#\s.*$/, '').replace(/^(?:[A-Z_]+=\S+ )+/, ''),
  )

/** Parses a line with the plugin's own parser. @throws CommandError for an unknown flag */
function readCommand(command: string): void {
  const [, ...words] = shellWords(command.replace(/\s*[|>].*$/, '').replaceAll('"', "'"))
  if (words[0] === 'create' && words[1] === 'accessrequest') return void parseFlags(CREATE_FLAGS, words.slice(2))
  if (words[0] !== 'certify') return
  const parsed = parseFlags(CERTIFY_FLAGS, words.slice(1))
  const [subcommand] = parsed.words
  if (subcommand !== undefined) expect(Object.keys(COMMAND_HELP)).toContain(subcommand)
  else checkFlags(parsed, 'kubectl certify', ['watch', 'output'])
}

describe('commands in the docs', () => {
  it('are found', () => expect(named('console', 'sh', 'bash').flatMap(([, { body }]) => commandsIn(body)).length).toBeGreaterThan(5))

  it.each(named('console', 'sh', 'bash'))('%s has only existing flags and subcommands', (_, { body }) => {
    for (const command of commandsIn(body)) if (command.startsWith('kubectl ')) readCommand(command)
  })

  it.each(PAGES)('%s names only existing npm scripts', (file) => {
    const { scripts } = JSON.parse(text('package.json')) as { readonly scripts: { readonly [name: string]: string } }
    const run = [...text(file).matchAll(/\bnpm run ([\w:-]+)/g)].map(([, name = '']) => name)
    expect(run.filter((name) => !Object.hasOwn(scripts, name))).toEqual([])
    if (/\bnpm test\b/.test(text(file))) expect(scripts).toHaveProperty('test')
  })
})
