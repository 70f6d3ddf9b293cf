import { basename } from 'node:path'
import { SOURCE_FOLDERS } from './folders.ts'
import { ROLES, SUBJECTS } from './shared-names.ts'
import { filesIn } from './source-files.ts'

type Names = { readonly [name: string]: string }
type Lists = { readonly roles: Names; readonly subjects: Names }

const LISTS = 'hack/check/shared-names.ts'
/** Tests have the names of their subjects (test-places.ts), and fakes those of what they replace. */
const NAMED_AFTER_OTHERS = /[.]test[.]ts$|^test\/fakes\//
/** The API of a kind, and how the apiserver serves it. */
const OF_KINDS = [/^domain\/api\//, /^apiserver\/resources\//]

/** Two folders deep, since the first one can hold everything: `domain/api`, `console/pages`, `cli/certify`. */
const layerOf = (file: string): string => file.split('/').slice(0, -1).slice(0, 2).join('/')

const isKind = (files: readonly string[]): boolean => files.length === 2 && OF_KINDS.every((folder) => files.some((file) => folder.test(file)))

function sharedBy(name: string, files: readonly string[], { roles, subjects }: Lists): readonly string[] {
  if (Object.hasOwn(roles, name)) return []
  if (!Object.hasOwn(subjects, name))
    return [`${name}.ts: ${files.join(' and ')} have one name; name each by its subject, or add the subject of all to ${LISTS}`]
  const layers = [...Map.groupBy(files, layerOf)].filter(([, inside]) => inside.length > 1)
  return layers.map(([layer, inside]) => `${name}.ts: ${inside.join(' and ')} have one name in ${layer}/`)
}

/** Source files with the name of another one, unless it is listed as a role or a subject that several layers have. Also lists that name too much. */
export async function fileNameProblems(root: string, lists: Lists = { roles: ROLES, subjects: SUBJECTS }): Promise<readonly string[]> {
  const files = (await Promise.all(SOURCE_FOLDERS.map((folder) => filesIn(root, folder, { name: /[.]ts$/ })))).flat()
  const own = files.filter((file) => !NAMED_AFTER_OTHERS.test(file))
  if (own.length === 0) return ['no source file was found: the folders of this check are wrong']
  const shared = [...Map.groupBy(own, (file) => basename(file, '.ts'))].filter(([, having]) => having.length > 1)
  const names = new Set(shared.map(([name]) => name))
  return [
    ...shared.filter(([, having]) => !isKind(having)).flatMap(([name, having]) => sharedBy(name, having, lists)),
    ...Object.keys({ ...lists.roles, ...lists.subjects }).flatMap((name) =>
      names.has(name) ? [] : [`${name}.ts: no two files have this name; remove ${name} from ${LISTS}`],
    ),
  ]
}
