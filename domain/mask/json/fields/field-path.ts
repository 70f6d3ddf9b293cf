/** Paths of fields that a policy hides, for example `.spec.containers[*].env[*].value`. */

/** Steps: `.name` or `["any name"]`, `.*` for every field, `[*]` for every element. */
const FIELD_PATH = /^(\.[A-Za-z0-9_-]+|\.\*|\["[^"\\]+"\]|\[\*\])+$/
const STEP = /\.([A-Za-z0-9_-]+|\*)|\["([^"\\]+)"\]|\[\*\]/g

export type Step = { readonly field: string } | 'every field' | 'element'
/** The rest of a path, relative to a place in an object. */
export type Way = readonly Step[]

/** @throws RangeError if the text is not a path */
export function readFieldPath(text: string): Way {
  if (!FIELD_PATH.test(text)) throw new RangeError(`not a path of fields: ${text}`)
  return Array.from(text.matchAll(STEP), ([, field, quoted]): Step => {
    if (field === '*') return 'every field'
    const name = field ?? quoted
    return name === undefined ? 'element' : { field: name }
  })
}

/** The paths that continue through the named field. Without a name: through any field that no path names. */
export function throughField<W extends { readonly way: Way }>(ways: readonly W[], name?: string): W[] {
  return goOn(ways, (step) => step === 'every field' || (name !== undefined && typeof step === 'object' && step.field === name))
}

export function throughElement<W extends { readonly way: Way }>(ways: readonly W[]): W[] {
  return goOn(ways, (step) => step === 'element')
}

function goOn<W extends { readonly way: Way }>(ways: readonly W[], goes: (step: Step) => boolean): W[] {
  return ways.flatMap((each) => (each.way[0] !== undefined && goes(each.way[0]) ? [{ ...each, way: each.way.slice(1) }] : []))
}
