/**
 * What a write says, when we and kube-apiserver are sure to read the same. Of a JSON field that comes twice we would see the last
 * one, while Go puts both maps together; a YAML merge key (`<<`) brings in fields that stand elsewhere. Either would hide a value
 * from whoever looks under `data`.
 */

/** Undefined: it cannot be read, or could be read in two ways. */
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

/** How many strings valid JSON has, names of fields among them: a field that is lost to another of its name takes its name along. */
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

/** A merge key, or a scalar that JSON has no word for (`!!binary`). Without recursion, since the depth is the writer's choice; an alias may stand in many places and is looked at once. */
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
