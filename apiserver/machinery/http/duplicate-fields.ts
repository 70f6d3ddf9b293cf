/** An object or list that is being read. `names`: of the fields so far; undefined for a list. `at`: the name or index of the value that is read next. */
type Frame = { readonly path: string; readonly names: Set<string> | undefined; at: string }

/** A text between quotes, a sign, or nothing of interest, such as a number. */
const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\],:]/gs

/** Characters of a name that a path repeats. */
const MAX_NAME = 64
/** Paths that are reported. Each is longer than the fields that it is about, of which a body can have thousands. */
const MAX_FOUND = 20

function pathOf({ path, names, at }: Frame): string {
  if (names === undefined) return `${path}[${at}]`
  const name = at.slice(0, MAX_NAME)
  return path === '' ? name : `${path}.${name}`
}

function opened(sign: string, parent: Frame | undefined): Frame {
  const path = parent === undefined ? '' : pathOf(parent)
  return sign === '{' ? { path, names: new Set(), at: '' } : { path, names: undefined, at: '0' }
}

/** Notes the name of a field. Returns its path if the object has it already. */
function named(frame: Frame, text: string): string | undefined {
  if (frame.names === undefined) return undefined
  frame.at = JSON.parse(text) as string
  if (frame.names.has(frame.at)) return pathOf(frame)
  frame.names.add(frame.at)
  return undefined
}

/** Notes that the next item of a list begins. */
function nextItem(frame: Frame): void {
  if (frame.names === undefined) frame.at = String(Number(frame.at) + 1)
}

/** The first paths of fields that a JSON text has more than once, for which JSON.parse takes the last value. The text must be valid JSON. */
export function duplicateFields(text: string): readonly string[] {
  const open: Frame[] = []
  const found = new Set<string>()
  let last = ''
  for (const [token] of text.matchAll(TOKEN)) {
    const frame = open.at(-1)
    if (token === '{' || token === '[') open.push(opened(token, frame))
    else if (token === '}' || token === ']') open.pop()
    else if (frame !== undefined && token === ',') nextItem(frame)
    else if (frame !== undefined && token === ':') {
      const twice = named(frame, last)
      if (twice !== undefined) found.add(twice)
    }
    if (found.size >= MAX_FOUND) break
    last = token
  }
  return [...found]
}
