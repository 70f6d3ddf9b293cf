import type { ASTNode } from '@marcbachmann/cel-js'
import type { FieldType } from '../../domain/field-type.ts'

/** Possible types of an expression. Undefined when unknown. */
type Types = readonly FieldType[] | undefined
type Scope = ReadonlyMap<string, Types>

const LOOPS: ReadonlySet<string> = new Set(['all', 'exists', 'exists_one', 'filter', 'map'])

export const isNode = (value: unknown): value is ASTNode => typeof value === 'object' && value !== null && 'op' in value

/** The source text of a field access, such as `object.spec.replicas`. */
function textOf(node: unknown): string {
  if (!isNode(node)) return '…'
  const args = node.args as readonly unknown[]
  if (node.op === 'id') return node.args
  if (node.op === '.') return `${textOf(args[0])}.${String(args[1])}`
  return node.op === '[]' ? `${textOf(args[0])}[…]` : '…'
}

const partsOf = (types: Types): Types =>
  types?.every(({ kind }) => kind === 'list' || kind === 'map') === true
    ? types.map((type) => (type.kind === 'list' || type.kind === 'map' ? type.of : type))
    : undefined

/** What a macro iterates over: the values of a list, or the keys of a map. */
const loopedOver = (types: Types): Types => (types?.every(({ kind }) => kind === 'list') === true ? partsOf(types) : undefined)

/** Types of a field, from each type that has it. Empty when certainly no type has it. */
function fieldIn(types: Types, name: string): Types {
  if (types === undefined || types.some(({ kind }) => kind === 'any')) return undefined
  return types.flatMap((type) => {
    if (type.kind === 'map') return [type.of]
    const field = type.kind === 'object' ? type.field(name) : undefined
    return field === undefined ? [] : [field]
  })
}

/** Walks an expression and collects fields that no type has. */
class Walk {
  readonly missing = new Set<string>()

  of(node: unknown, scope: Scope): Types {
    if (Array.isArray(node)) {
      for (const each of node) this.of(each, scope)
      return undefined
    }
    if (!isNode(node)) return undefined
    const args = node.args as readonly unknown[]
    switch (node.op) {
      case 'id':
        return scope.get(node.args)
      case '.':
        return this.#field(node, { of: this.of(args[0], scope), name: String(args[1]) })
      case '[]':
        return this.#index(node, scope)
      case 'rcall':
        return this.#call(args, scope)
      default:
        return this.of(node.args, scope)
    }
  }

  #field(node: ASTNode, { of, name }: { readonly of: Types; readonly name: string }): Types {
    const found = fieldIn(of, name)
    if (found === undefined || found.length > 0) return found
    this.missing.add(textOf(node))
    return undefined
  }

  #index(node: ASTNode, scope: Scope): Types {
    const [target, index] = node.args as readonly unknown[]
    const types = this.of(target, scope)
    this.of(index, scope)
    const name = isNode(index) && index.op === 'value' && typeof index.args === 'string' ? index.args : undefined
    return name !== undefined && types?.every(({ kind }) => kind === 'object') === true ? this.#field(node, { of: types, name }) : partsOf(types)
  }

  #call([name, receiver, args]: readonly unknown[], scope: Scope): Types {
    const of = this.of(receiver, scope)
    const [variable, ...body] = Array.isArray(args) ? (args as readonly unknown[]) : []
    if (!LOOPS.has(String(name)) || !isNode(variable) || variable.op !== 'id') return void this.of(args, scope)
    this.of(body, new Map(scope).set(variable.args, loopedOver(of)))
    return name === 'filter' ? of : undefined
  }
}

/**
 * The fields that an expression reads from `object` and `oldObject` and that none of the types has, as in its source. Computed values and parts that
 * a type leaves open are not checked.
 * @param types types of the resources that the expression is evaluated for; empty when unknown
 */
export function missingFields(ast: ASTNode, types: readonly FieldType[]): readonly string[] {
  if (types.length === 0) return []
  const walk = new Walk()
  walk.of(
    ast,
    new Map([
      ['object', types],
      ['oldObject', types],
    ]),
  )
  return [...walk.missing]
}
