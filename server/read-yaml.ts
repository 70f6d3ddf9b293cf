import {
  isAlias,
  isCollection,
  isScalar,
  parseDocument,
  visit,
  type Document,
  type DocumentOptions,
  type ParseOptions,
  type SchemaOptions,
  type ToJSOptions,
} from 'yaml'

/**
 * Refuses maps, lists and aliases as keys. JSON has none of them, and the library writes each as text, with all keys inside of it: a few hundred of
 * them inside each other, in less than one KiB, take minutes.
 * @throws Error
 */
export function refuseComplexKeys(document: Document): void {
  visit(document, {
    Pair: (_, { key }) => {
      if (isCollection(key) || isAlias(key)) throw new Error('a key must be a text')
    },
  })
}

/** Refuses a key that comes twice in a map, in linear time: the library compares each key with each. @throws Error */
function refuseRepeatedKeys(document: Document): void {
  visit(document, {
    Map: (_, { items }) => {
      const keys = new Set(items.map(({ key }) => String(isScalar(key) ? key.value : key)))
      if (keys.size < items.length) throw new Error('a key comes twice')
    },
  })
}

/** The value of one YAML document that others wrote. Optional `uniqueKeys` defaults to true. @throws Error for what cannot be read */
export function readYamlOf(text: string, options: ParseOptions & DocumentOptions & SchemaOptions & ToJSOptions): unknown {
  const document = parseDocument(text, { ...options, uniqueKeys: false })
  const [error] = document.errors
  if (error !== undefined) throw error
  refuseComplexKeys(document)
  if (options.uniqueKeys !== false) refuseRepeatedKeys(document)
  return document.toJS(options)
}
