import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'yaml'

export type Identity = {
  readonly id: string
  readonly groups: readonly string[]
  /** Audience of a token when the caller names none. */
  readonly audience: string
  /** What this human does, for the login page. An identity without it is a program's, and signs in nowhere. */
  readonly human?: string
  /** Further claims of every token. Defaults to none. */
  readonly claims?: { readonly [claim: string]: unknown }
}

export const OWN_IDENTITIES = join(import.meta.dirname, 'identities.yaml')

/** Reads a YAML or JSON file of identities. @throws Error naming the entry that is invalid */
export async function readIdentities(file: string): Promise<ReadonlyMap<string, Identity>> {
  const document: unknown = parse(await readFile(file, 'utf8'))
  const list = isRecord(document) ? document['identities'] : undefined
  if (!Array.isArray(list)) throw new Error(`${file}: the list "identities" is missing`)
  const identities = new Map<string, Identity>()
  list.forEach((entry: unknown, index) => {
    const identity = identityOf(entry)
    if (identity === undefined) throw new Error(`${file}: identities[${index}] needs id (text), groups (list of text) and audience (text)`)
    if (identities.has(identity.id)) throw new Error(`${file}: identities[${index}]: "${identity.id}" occurs twice`)
    identities.set(identity.id, identity)
  })
  return identities
}

const isRecord = (value: unknown): value is { readonly [key: string]: unknown } =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isText = (value: unknown): value is string => typeof value === 'string'
const isTexts = (value: unknown): value is readonly string[] => Array.isArray(value) && value.every(isText)

function identityOf(entry: unknown): Identity | undefined {
  if (!isRecord(entry)) return undefined
  const { id, groups, audience, ...rest } = entry
  const more = moreOf(rest)
  if (!isText(id) || id === '' || !isText(audience) || !isTexts(groups) || more === undefined) return undefined
  return { id, groups, audience, ...more }
}

function moreOf({ human, claims }: { readonly [field: string]: unknown }): Pick<Identity, 'human' | 'claims'> | undefined {
  if (human !== undefined && !isText(human)) return undefined
  if (claims !== undefined && !isRecord(claims)) return undefined
  return { ...(human === undefined ? {} : { human }), ...(claims === undefined ? {} : { claims }) }
}
