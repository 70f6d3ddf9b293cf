const MIN_ENCODED = 16

/** The text that base64 holds; undefined when the text is none, or holds bytes that are no text. Shorter ones are taken for words. */
export function base64Text(text: string, minimum: number = MIN_ENCODED): string | undefined {
  const bare = text.replace(/\s+/g, '')
  if (bare.length < minimum || !/^[A-Za-z0-9+/_-]+={0,2}$/.test(bare) || bare.replace(/=+$/, '').length % 4 === 1) return undefined
  const decoded = Buffer.from(bare, 'base64').toString('latin1')
  return /^[\t\n\r\x20-\x7e]+$/.test(decoded) ? decoded : undefined
}
