/** Columns of a Table whose cells name an object or a part of it. In all other columns known values are masked. */
import { fieldOf, VALUE } from './field-class.ts'

const NAMING = new Set(
  `name namespace node nominatednode status reason type object subobject source kind role roles selector nodeselector containers images
  class storageclass volume claim provisioner controller serviceaccounts users groups reference hosts version resource capacity`.split(/\s+/),
)

export function namesParts({ name, format }: { readonly name: string; readonly format: string }): boolean {
  if (format === 'name') return true
  const words = name.split(/[\s_-]+/)
  if (NAMING.has(words.join('').toLowerCase())) return true
  // "Storage Class", "Cluster Name": classified like a field with that name in camel case.
  const field = fieldOf(
    words.map((word, at) => (at === 0 ? word.toLowerCase() : word.charAt(0).toUpperCase() + word.slice(1).toLowerCase())).join(''),
  )
  return field.of !== VALUE && words.length > 1
}

export class TableColumns {
  #names: boolean[] = []
  #column = { name: '', format: '' }

  /** Another Table begins. */
  forget(): void {
    this.#names = []
  }

  /** A new column begins. */
  begin(): void {
    this.#column = { name: '', format: '' }
    this.#names.push(false)
  }

  /** A field of the open column. */
  read(field: string, text: string): void {
    if (field !== 'name' && field !== 'format') return
    this.#column[field] = text
    if (this.#names.length > 0) this.#names[this.#names.length - 1] = namesParts(this.#column)
  }

  /** Only the first frame of a watch has columns. Without columns, the first cell is a name. */
  isNaming(index: number): boolean {
    return this.#names.length === 0 ? index === 0 : this.#names[index] === true
  }
}
