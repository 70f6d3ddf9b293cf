/**
 * Shapes of responses in which a policy hides fields. The fields are looked for in the object, in the items of a list, in the objects of a
 * Table's rows, in watch frames, in annotations that contain a copy of the object, and in what managedFields quotes. NOT covered: a Table's
 * cells, whose content the resource's printer chooses.
 */
import { FIELD, type HiddenItems } from '../../positions/field-set-item.ts'
import { readFieldPath, throughElement, throughField, type Step, type Way } from './field-path.ts'
import { KeyTable } from './key-table.ts'
import { PLAIN, type Slot } from './shapes.ts'

type Goal = { readonly way: Way; readonly find: 'hidden' | 'copies' | 'hidden items' }

const HIDDEN: Slot = hidden()
const HIDDEN_ITEMS: Slot = hiddenItems()
const WRAPPERS = ['', '.items[*]', '.rows[*].object', '.object', '.object.items[*]', '.object.rows[*].object']
const ANNOTATIONS = readFieldPath('.metadata.annotations')
/** These list which manager owns each field, and quote the items of sets and the keys of lists. */
const FIELD_SETS = readFieldPath('.metadata.managedFields[*].fieldsV1')

/** Recently built shapes by their fields. A policy needs the same shape for each request, and building one takes a millisecond. */
const made = new Map<string, Slot>()
const MAX_MADE = 256

/** @throws RangeError if a field is not a path */
export function documentWith(fields: readonly string[]): Slot {
  const id = JSON.stringify(fields)
  const known = made.get(id)
  if (known !== undefined) return known
  const slot = makeDocument(fields)
  const [oldest] = made.keys()
  if (made.size >= MAX_MADE && oldest !== undefined) made.delete(oldest)
  made.set(id, slot)
  return slot
}

function makeDocument(fields: readonly string[]): Slot {
  const paths = fields.map(readFieldPath)
  const goals = WRAPPERS.flatMap((text): Goal[] => {
    const wrapper = text === '' ? [] : readFieldPath(text)
    const copies: Goal = { way: [...wrapper, ...ANNOTATIONS], find: 'copies' }
    const hide = paths.map((path): Goal => ({ way: [...wrapper, ...path], find: 'hidden' }))
    const items = paths.map((path): Goal => ({ way: [...wrapper, ...FIELD_SETS, ...path.map(inFieldSet)], find: 'hidden items' }))
    return [...hide, ...items, copies]
  })
  return slotFor(goals)
}

/** In FieldsV1 a field `name` is `f:name`, and an element is a field with any name. */
function inFieldSet(step: Step): Step {
  return typeof step === 'object' ? { field: `f:${step.field}` } : 'every field'
}

function slotFor(goals: readonly Goal[]): Slot {
  const here = goals.filter(({ way }) => way.length === 0)
  if (here.some(({ find }) => find === 'hidden')) return HIDDEN
  if (here.some(({ find }) => find === 'hidden items')) return HIDDEN_ITEMS
  const items = itemsHidden(goals)
  const copies = here.length > 0
  const names = goals.flatMap(({ way: [step] }) => (typeof step === 'object' ? [step.field] : []))
  const others = throughField(goals)
  const elements = throughElement(goals)
  const slots = Object.fromEntries([...new Set(names)].map((name) => [name, slotFor(throughField(goals, name))]))
  const other: Slot = others.length > 0 ? slotFor(others) : copies ? { ...PLAIN, string: 'field-copy' } : PLAIN
  return {
    ...PLAIN,
    ...(names.length > 0 || other !== PLAIN ? { object: { keys: new KeyTable(slots), other, ...items, ...(copies ? { named: true } : {}) } } : {}),
    ...(elements.length > 0 ? { array: { elements: slotFor(elements) } } : {}),
  }
}

/** Which items of a list are hidden: all if the path ends at its elements, otherwise the fields of `k:` through which the path continues. */
function itemsHidden(goals: readonly Goal[]): { readonly items?: HiddenItems } {
  const within = goals.filter(({ way, find }) => find === 'hidden items' && way[0] === 'every field').map(({ way }) => way[1])
  if (within.length === 0) return {}
  if (within.some((step) => typeof step !== 'object')) return { items: 'all' }
  return { items: new Set(within.flatMap((step) => (typeof step === 'object' ? [step.field.slice(FIELD.length)] : []))) }
}

/** All items below a hidden field. Field names stay. */
function hiddenItems(): Slot {
  const shape: { keys: KeyTable<Slot>; other?: Slot; items: HiddenItems } = { keys: new KeyTable({}), items: 'all' }
  const slot: Slot = { ...PLAIN, object: shape }
  shape.other = slot
  return slot
}

/** Every string and every number below a hidden field. */
function hidden(): Slot {
  const shape: { keys: KeyTable<Slot>; other?: Slot; elements?: Slot } = { keys: new KeyTable({}) }
  const slot: Slot = { string: 'token', scalar: 'zero', object: shape, array: shape }
  shape.other = slot
  shape.elements = slot
  return slot
}
