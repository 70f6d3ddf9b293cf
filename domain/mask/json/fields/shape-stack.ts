/** The shapes that are open, and what their tables say about the next value. */
import { CannotMask } from '../../cannot-mask.ts'
import type { Role, NodeShape, Slot } from './shapes.ts'

export class ShapeStack {
  readonly #document: Slot
  readonly #shapes: NodeShape[] = []
  #next: Slot

  constructor(document: Slot) {
    this.#document = document
    this.#next = document
  }

  get next(): Slot {
    return this.#next
  }

  /** Whether the table alone decides about the next string, so that its position does not matter: the keys of a Secret can have any name. */
  get isSettled(): boolean {
    return isSettled(this.#next.string)
  }

  get last(): NodeShape | undefined {
    return this.#shapes.at(-1)
  }

  open(array: boolean): NodeShape {
    const shape = array ? this.#next.array : this.#next.object
    if (shape === undefined) throw new CannotMask(`an ${array ? 'array' : 'object'} where a Secret has none`)
    this.#shapes.push(shape)
    if (shape.elements !== undefined) this.#next = shape.elements
    return shape
  }

  close(): void {
    this.#shapes.pop()
  }

  /** A field of the innermost shape begins. */
  enter(name: Buffer, from: number, to: number): NodeShape {
    const shape = this.#shapes.at(-1) as NodeShape
    const slot = shape.keys?.get(name, from, to) ?? shape.other
    if (slot === undefined) throw new CannotMask('a field that no Secret has')
    this.#next = slot
    return shape
  }

  /** After a value: selects the slot of the next one, in an array or at the top level. */
  settle(): void {
    const shape = this.#shapes.at(-1)
    if (shape === undefined) this.#next = this.#document
    else if (shape.elements !== undefined) this.#next = shape.elements
  }
}

/** Compared one by one: a Set is slower, and each name of a field is asked about. */
function isSettled(role: Role | undefined): boolean {
  return role === 'value' || role === 'plain-value' || role === 'withheld' || role === 'token'
}
