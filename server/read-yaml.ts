import {
  isAlias,
  isCollection,
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

/** The value of one YAML document that others wrote. @throws Error for what cannot be read */
export function readYamlOf(text: string, options: ParseOptions & DocumentOptions & SchemaOptions & ToJSOptions): unknown {
  const document = parseDocument(text, options)
  const [error] = document.errors
  if (error !== undefined) throw error
  refuseComplexKeys(document)
  return document.toJS(options)
}
