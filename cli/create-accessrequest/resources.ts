import { usage } from '../terminal/exit-code.ts'
import type { Kubectl } from '../kubectl/kubectl.ts'
import { KNOWN_RESOURCES, type ApiResource } from './known-resources.ts'

/** Finds resources: in the built-in table first, then by discovery, which is called at most once. */
export type Resources = {
  /** By `RESOURCE[.GROUP]`, including singular and short names. @throws CommandError when it is unknown or ambiguous */
  byName(word: string): Promise<ApiResource>
  /** By the kind and group of a manifest. @throws CommandError */
  byKind(kind: string, group: string): Promise<ApiResource>
}

/** NAME [SHORTNAMES] APIVERSION true|false KIND */
const ROW = /^(\S+)\s+(?:(\S+)\s+)?(?:([^\s/]+)\/)?\S+\s+(true|false)\s+(\S+)\s*$/

/** Parses `kubectl api-resources --no-headers`, whose layout is the same since kubectl 1.20. Other lines are skipped. */
export function parseApiResources(text: string): readonly ApiResource[] {
  return text.split('\n').flatMap((line) => {
    const [match, resource = '', shortNames, group = '', namespaced, kind = ''] = ROW.exec(line) ?? []
    return match === undefined ? [] : [{ resource, group, kind, namespaced: namespaced === 'true', shortNames: shortNames?.split(',') ?? [] }]
  })
}

const full = ({ resource, group }: ApiResource): string => (group === '' ? resource : `${resource}.${group}`)

function named(table: readonly ApiResource[], word: string): readonly ApiResource[] {
  const dot = word.indexOf('.')
  const name = (dot < 0 ? word : word.slice(0, dot)).toLowerCase()
  const found = table.filter((entry) => entry.resource === name || entry.shortNames.includes(name) || entry.kind.toLowerCase() === name)
  return dot < 0 ? found : found.filter(({ group }) => group === word.slice(dot + 1))
}

function only(found: readonly ApiResource[], what: string): ApiResource | undefined {
  const groups = new Map(found.map((entry) => [full(entry), entry]))
  if (groups.size > 1) throw usage(`${what} is ambiguous`, `use one of: ${[...groups.keys()].join(', ')}`)
  return groups.values().next().value
}

export function createResources(kubectl: Kubectl): Resources {
  let discovered: Promise<readonly ApiResource[]> | undefined
  // A broken APIService makes kubectl fail after it printed the other resources, which are still usable.
  const cluster = async (): Promise<readonly ApiResource[]> => {
    discovered ??= kubectl.text(['api-resources', '--no-headers'], { partial: true }).then(parseApiResources)
    return await discovered
  }
  const find = async (pick: (table: readonly ApiResource[]) => readonly ApiResource[], what: string): Promise<ApiResource> => {
    const found = only(pick(KNOWN_RESOURCES), what) ?? only(pick(await cluster()), what)
    if (found === undefined) throw usage(`the cluster does not serve ${what}`, 'list what it serves: kubectl api-resources')
    return found
  }
  return {
    byName: (word) => find((table) => named(table, word), `resource "${word}"`),
    byKind: (kind, group) =>
      find(
        (table) => table.filter((entry) => entry.kind === kind && entry.group === group),
        `kind "${kind}" in group "${group === '' ? 'core' : group}"`,
      ),
  }
}
