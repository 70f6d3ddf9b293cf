/** The plain way to the same bytes: parse, walk every string, print. */
import type { KnownValues } from '../../../domain/mask/match/known-values.ts'
import { Output } from '../../../domain/mask/json/output.ts'
import type { Placeholders } from '../../../domain/mask/secret/placeholders.ts'
import { ValueFilter } from '../../../domain/mask/text/value-filter.ts'

type Item = { metadata: { namespace: string; name: string }; data: Record<string, string> }

export function treeMask(body: Buffer, { known, placeholders }: { readonly known: KnownValues; readonly placeholders: Placeholders }): Buffer {
  const filter = new ValueFilter({ known }, new Output())
  const check = (node: unknown): void => {
    if (typeof node === 'string') {
      const bytes = Buffer.from(node)
      filter.look(bytes)
      if (!filter.clean(0, bytes.length)) throw new Error('the sample holds a known value')
    } else if (typeof node === 'object' && node !== null) {
      for (const [key, value] of Object.entries(node)) {
        check(key)
        check(value)
      }
    }
  }
  const tree = JSON.parse(body.toString()) as { items: Item[] }
  for (const item of tree.items) {
    const { metadata, data, ...rest } = item
    check(metadata)
    check(rest)
    for (const [key, value] of Object.entries(data)) {
      check(key)
      data[key] = placeholders.of({ namespace: metadata.namespace, secret: metadata.name, key }, value)
    }
  }
  return Buffer.from(JSON.stringify(tree))
}
