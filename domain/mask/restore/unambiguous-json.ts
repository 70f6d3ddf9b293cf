/**
 * Parses the body of a write if kube-apiserver is certain to read it the same way. Of a duplicate JSON field, this parser sees only the
 * last, while Go merges both maps; a YAML merge key (`<<`) adds fields from elsewhere. Either would hide a value from a check that looks
 * under `data`.
 */

/** Returns undefined if the body cannot be read or is ambiguous. */
export function readWritten(body: Buffer, parseYaml: ((text: string) => unknown) | undefined): unknown {
  const text = body.toString('utf8')
  try {
    const tree = JSON.parse(text) as unknown
    return strings(JSON.stringify(tree)) === strings(text) ? tree : undefined
  } catch {
    return parseYaml === undefined ? undefined : readYaml(text, parseYaml)
  }
}

function readYaml(text: string, parseYaml: (text: string) => unknown): unknown {
  try {
    const tree = parseYaml(text)
    return isAmbiguous(tree) ? undefined : tree
  } catch {
    return undefined
  }
}

/** Counts the strings of valid JSON, including field names: if a duplicate overwrites a field, the count drops. */
function strings(json: string): number {
  let quotes = 0
  for (let at = json.indexOf('"'); at >= 0; at = json.indexOf('"', at + 1)) if (!isEscaped(json, at)) quotes++
  return quotes / 2
}

function isEscaped(json: string, at: number): boolean {
  let slashes = 0
  while (json[at - 1 - slashes] === '\\') slashes++
  return slashes % 2 === 1
}

const isUnknownToJson = (node: object): boolean => ArrayBuffer.isView(node) || node instanceof Date

/**
 * Whether YAML uses a merge key, or a scalar that JSON does not have (`!!binary`). Not recursive, because the client controls the depth. An
 * aliased node may occur in many places and is visited once.
 */
function isAmbiguous(tree: unknown): boolean {
  const seen = new Set<unknown>()
  const open = [tree]
  for (let node = open.pop(); open.length > 0 || node !== undefined; node = open.pop()) {
    if (typeof node !== 'object' || node === null || seen.has(node)) continue
    seen.add(node)
    if (isUnknownToJson(node) || (!Array.isArray(node) && Object.hasOwn(node, '<<'))) return true
    for (const inner of Object.values(node)) open.push(inner)
  }
  return false
}
