import { readFieldSelector } from '../../domain/classify/field-selector.ts'
import { StatusError } from '../../domain/status-error.ts'
import type { Kind, KubeObject } from './kind.ts'

export type Selector = (object: KubeObject) => boolean

const bad = (what: string, term: string): StatusError =>
  new StatusError('BadRequest', `unable to parse ${what}: cannot understand "${term.slice(0, 64)}"`)

/** Commas that are not within the parentheses of a set. */
const splitTerms = (text: string): readonly string[] => text.split(/,(?![^(]*\))/).map((term) => term.trim())

const KEY = String.raw`[A-Za-z0-9](?:[-A-Za-z0-9_.\/]*[A-Za-z0-9])?`
const SET = new RegExp(String.raw`^(${KEY})\s+(in|notin)\s+\(([^()]*)\)$`)
const EQUALITY = new RegExp(String.raw`^(${KEY})\s*(==|=|!=|>|<)\s*([-A-Za-z0-9_.]*)$`)
const EXISTENCE = new RegExp(String.raw`^(!?)\s*(${KEY})$`)

type LabelTest = (labels: { readonly [key: string]: string }) => boolean

const NONE = '\0' // no label has this value
const COMPARE: { readonly [operator: string]: (value: string) => (label: string) => boolean } = {
  '=': (value) => (label) => label === value,
  '==': (value) => (label) => label === value,
  '!=': (value) => (label) => label !== value,
  '>': (value) => (label) => label !== NONE && Number(label) > Number(value),
  '<': (value) => (label) => label !== NONE && Number(label) < Number(value),
}

function setTest([, key = '', operator = '', list = '']: readonly string[]): LabelTest {
  const values = new Set(list.split(',').map((value) => value.trim()))
  return (labels) => values.has(labels[key] ?? NONE) === (operator === 'in')
}

function labelTest(term: string): LabelTest {
  const set = SET.exec(term)
  if (set !== null) return setTest(set)
  const [, key = '', operator = '', value = ''] = EQUALITY.exec(term) ?? []
  const compare = COMPARE[operator]?.(value)
  if (compare !== undefined) return (labels) => compare(labels[key] ?? NONE)
  const existence = EXISTENCE.exec(term)
  if (existence === null) throw bad('labelSelector', term)
  const [, not, wanted = ''] = existence
  return (labels) => Object.hasOwn(labels, wanted) === (not === '')
}

/** A label selector: apimachinery/pkg/labels. @throws StatusError BadRequest; no selector is ever ignored */
export function labelSelector(text: string): Selector {
  if (text.trim() === '') return () => true
  const tests = splitTerms(text).map(labelTest)
  return ({ metadata }) => tests.every((test) => test(metadata.labels ?? {}))
}

/** A field selector over metadata.name and the labels that the kind declares. @throws StatusError BadRequest for any other */
export function fieldSelector(text: string, kind: Kind): Selector {
  const tests = readFieldSelector(text).map(({ field, operator, value }): Selector => {
    const read =
      field === 'metadata.name'
        ? (object: KubeObject): string => object.metadata.name
        : Object.hasOwn(kind.fields, field)
          ? kind.fields[field]
          : undefined
    if (read === undefined) throw new StatusError('BadRequest', `field label not supported: ${field.slice(0, 64)}`)
    return (object) => (read(object) === value) === (operator !== '!=')
  })
  return (object) => tests.every((test) => test(object))
}
