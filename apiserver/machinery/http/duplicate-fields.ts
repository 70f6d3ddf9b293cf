/** An object or list that is being read. `names`: of the fields so far; undefined for a list. `at`: the name or index of the value that is read next. */
type Frame = { readonly path: string; readonly names: Set<string> | undefined; at: string }

/** A text between quotes, a sign, or nothing of interest, such as a number. */
const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\],:]/gs

const pathOf = ({ path, names, at }: Frame): string => (names === undefined ? `${path}[${at}]` : path === '' ? at : `${path}.${at}`)

function opened(sign: string, parent: Frame | undefined): Frame {
  const path = parent === undefined ? '' : pathOf(parent)
  return sign === '{' ? { path, names: new Set(), at: '' } : { path, names: undefined, at: '0' }
}

/** The paths of fields that a JSON text has more than once, for which JSON.parse takes the last value. The text must be valid JSON. */
export function duplicateFields(text: string): readonly string[] {
  const open: Frame[] = []
  const found = new Set<string>()
  let last = ''
  for (const [token] of text.matchAll(TOKEN)) {
    const frame = open.at(-1)
    if (token === '{' || token === '[') open.push(opened(token, frame))
    else if (token === '}' || token === ']') open.pop()
    else if (token === ',' && frame?.names === undefined && frame !== undefined) frame.at = String(Number(frame.at) + 1)
    else if (token === ':' && frame?.names !== undefined) {
      frame.at = JSON.parse(last) as string
      if (frame.names.has(frame.at)) found.add(pathOf(frame))
      frame.names.add(frame.at)
    }
    last = token
  }
  return [...found]
}
