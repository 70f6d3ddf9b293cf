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

/** Reads the name of a field, or goes on to the next item of a list. Returns the path of a field that the object has already. */
function within(frame: Frame, token: string, before: string): string | undefined {
  const { names } = frame
  if (names === undefined && token === ',') frame.at = String(Number(frame.at) + 1)
  if (names === undefined || token !== ':') return undefined
  frame.at = JSON.parse(before) as string
  const isTwice = names.has(frame.at)
  names.add(frame.at)
  return isTwice ? pathOf(frame) : undefined
}

/** The first paths of fields that a JSON text has more than once, for which JSON.parse takes the last value. The text must be valid JSON. */
export function duplicateFields(text: string): readonly string[] {
  const open: Frame[] = []
  const found = new Set<string>()
  let before = ''
  for (const [token] of text.matchAll(TOKEN)) {
    const frame = open.at(-1)
    const twice = frame === undefined ? undefined : within(frame, token, before)
    if (twice !== undefined) found.add(twice)
    if (found.size >= MAX_FOUND) break
    if (token === '{' || token === '[') open.push(opened(token, frame))
    if (token === '}' || token === ']') open.pop()
    before = token
  }
  return [...found]
}
