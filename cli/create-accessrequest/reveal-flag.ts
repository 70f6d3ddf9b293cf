import type { Reveal } from '../../domain/api/rules.ts'
import { usage } from '../terminal/exit-code.ts'
import { allOf, type ParsedFlags } from '../terminal/parse-flags.ts'

/** Parses repeated `--reveal NAMESPACE/SECRET:KEY` flags and groups keys by Secret. "All keys" cannot be requested. @throws CommandError */
export function revealsOf(flags: ParsedFlags): readonly Reveal[] {
  const reveals = new Map<string, { readonly namespace: string; readonly secret: string; readonly keys: string[] }>()
  for (const word of allOf(flags, 'reveal')) {
    const [, namespace = '', secret = '', key = ''] = /^([^/:]+)\/([^/:]+):([-._a-zA-Z0-9]+)$/.exec(word) ?? []
    if (key === '') throw usage(`--reveal=${word} does not name a key`, 'write it as --reveal=NAMESPACE/SECRET:KEY')
    const entry = reveals.get(`${namespace}/${secret}`) ?? { namespace, secret, keys: [] }
    if (!entry.keys.includes(key)) entry.keys.push(key)
    reveals.set(`${namespace}/${secret}`, entry)
  }
  return [...reveals.values()]
}
