/**
 * Shapes of answers in which a policy hides fields. They are looked for in the object, in the items of a list, in the objects of a
 * Table's rows and in the frames of a watch, and in annotations that hold the object once more. What is NOT covered: a Table's
 * cells, which show what the resource's printer chose.
 */
import { readFieldPath, throughElement, throughField, type Way } from './field-path.ts'
import { KeyTable } from './key-table.ts'
import { PLAIN, type Slot } from './shapes.ts'

type Goal = { readonly way: Way; readonly find: 'hidden' | 'copies' }

const HIDDEN: Slot = hidden()
const WRAPPERS = ['', '.items[*]', '.rows[*].object', '.object', '.object.items[*]', '.object.rows[*].object']
const ANNOTATIONS = readFieldPath('.metadata.annotations')

/** @throws RangeError for what is no path */
export function documentWith(fields: readonly string[]): Slot {
  const paths = fields.map(readFieldPath)
  const goals = WRAPPERS.flatMap((text): Goal[] => {
    const wrapper = text === '' ? [] : readFieldPath(text)
    const copies: Goal = { way: [...wrapper, ...ANNOTATIONS], find: 'copies' }
    return [...paths.map((path): Goal => ({ way: [...wrapper, ...path], find: 'hidden' })), copies]
  })
  return slotFor(goals)
}

function slotFor(goals: readonly Goal[]): Slot {
  const here = goals.filter(({ way }) => way.length === 0)
  if (here.some(({ find }) => find === 'hidden')) return HIDDEN
  const copies = here.length > 0
  const names = goals.flatMap(({ way: [step] }) => (typeof step === 'object' ? [step.field] : []))
  const others = throughField(goals)
  const elements = throughElement(goals)
  const slots = Object.fromEntries(names.map((name) => [name, slotFor(throughField(goals, name))]))
  const other: Slot = others.length > 0 ? slotFor(others) : copies ? { ...PLAIN, string: 'field-copy' } : PLAIN
  return {
    ...PLAIN,
    ...(names.length > 0 || other !== PLAIN ? { object: { keys: new KeyTable(slots), other, ...(copies ? { named: true } : {}) } } : {}),
    ...(elements.length > 0 ? { array: { elements: slotFor(elements) } } : {}),
  }
}

/** Every string, and every number, below a hidden field. */
function hidden(): Slot {
  const shape: { keys: KeyTable<Slot>; other?: Slot; elements?: Slot } = { keys: new KeyTable({}) }
  const slot: Slot = { string: 'token', scalar: 'zero', object: shape, array: shape }
  shape.other = slot
  shape.elements = slot
  return slot
}
