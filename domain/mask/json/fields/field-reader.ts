/** Identifies the Secret whose value is being read: its own metadata, which must match the route, and the keys that a grant reveals. */
import { CannotMask } from '../../cannot-mask.ts'
import type { MaskerOptions } from '../../masker-options.ts'
import type { SecretKeyRef } from '../../secret/placeholders.ts'

export class SecretLocator {
  key = ''
  readonly #route: { readonly namespace: string; readonly name: string }
  readonly #reveal = new Set<string>()
  #namespace = ''
  #name = ''

  constructor({ namespace = '', name = '', reveal = [] }: Pick<MaskerOptions, 'namespace' | 'name' | 'reveal'>) {
    this.#route = { namespace, name }
    for (const each of reveal) for (const key of each.keys) this.#reveal.add(spell({ ...each, key }))
  }

  get name(): string {
    return this.#name
  }

  /** A new object begins. */
  begin(): void {
    this.#namespace = this.#route.namespace
    this.#name = this.#route.name
  }

  identify(role: 'name' | 'namespace', text: string): void {
    if (this.#route[role] !== '' && this.#route[role] !== text) throw new CannotMask('an object other than the route names')
    if (role === 'name') this.#name = text
    else this.#namespace = text
  }

  place(): SecretKeyRef {
    return { namespace: this.#namespace, secret: this.#name, key: this.key }
  }

  isShown(key: string): boolean {
    return this.#reveal.size > 0 && this.#reveal.has(spell({ namespace: this.#namespace, secret: this.#name, key }))
  }
}

function spell({ namespace, secret, key }: SecretKeyRef): string {
  return `${namespace}/${secret}/${key}`
}
