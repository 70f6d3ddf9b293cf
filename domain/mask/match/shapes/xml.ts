/** XML and what looks like it: HTML, PHP. */
import type { ShapedText } from './item.ts'

const ELEMENT = /<([A-Za-z][\w:.-]{0,64})(?:\s[^<>]{0,512})?>(?:<!\[CDATA\[)?([^<>]{1,4096}?)(?:\]\]>)?<\/[\w:.-]{0,65}>?/g
const ATTRIBUTE = /\s([A-Za-z][\w:.-]{0,64})=(?:"([^"<>]{1,4096})"|'([^'<>]{1,4096})')/g
const TAG = /<\/?[A-Za-z][\w:.-]{0,64}(?:\s[^<>]{0,512})?>/g
const MARK = /<!\[CDATA\[|\]\]>|<!--|-->|<\?[a-z]*|\?>/g

/** Texts and attributes of elements, and the rest without its tags: comments, a program, text between elements. */
export function xml(name: string, text: string): Iterable<ShapedText> | undefined {
  if (!/^<[?!A-Za-z]/.test(text) || !text.includes('>')) return undefined
  return items(name, text)
}

function* items(name: string, text: string): Generator<ShapedText> {
  for (const [, element = '', content = ''] of text.matchAll(ELEMENT)) yield { name: element, text: content }
  for (const [, attribute = '', double, single = ''] of text.matchAll(ATTRIBUTE)) yield { name: attribute, text: double ?? single }
  const rest = text.replace(ELEMENT, '\n').replace(TAG, '\n').replace(MARK, '\n')
  if (/\w{3}/.test(rest)) yield { name, text: rest }
}
