import type { ShapedText } from './item.ts'

/** Secret members of a JSON Web Key. Its other members are public. */
const PRIVATE_MEMBERS: readonly string[] = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k']

/**
 * Strings and numbers of a JSON document by field, and the field names, which may be tokens (docker configs, cloud service accounts, JSON
 * Web Keys).
 */
export function json(name: string, text: string): Iterable<ShapedText> | undefined {
  if (!/^[[{"]/.test(text)) return undefined
  try {
    return leaves(name, JSON.parse(Buffer.from(text, 'latin1').toString('utf8')))
  } catch {
    return undefined
  }
}

/** Not recursive, because the author of the value controls the depth. */
function* leaves(name: string, tree: unknown): Generator<ShapedText> {
  const open: [string, unknown][] = [[name, tree]]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [field, node] = next
    if (typeof node === 'string' || typeof node === 'number') yield { name: field, text: latin1(String(node)) }
    else if (Array.isArray(node)) for (const item of (node as unknown[]).toReversed()) open.push([field, item])
    else if (typeof node === 'object' && node !== null) {
      for (const member of Object.keys(node)) yield { name: '', text: latin1(member), word: true }
      open.push(...members(node).toReversed())
    }
  }
}

const latin1 = (text: string): string => Buffer.from(text).toString('latin1')

function members(node: object): [string, unknown][] {
  const all = Object.entries(node)
  if (!('kty' in node)) return all
  return all.filter(([member]) => PRIVATE_MEMBERS.includes(member)).map(([, value]) => ['private_key', value])
}
