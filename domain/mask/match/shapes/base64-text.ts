const MIN_ENCODED = 16

/** Decodes base64. Returns undefined if the text is not base64 or its content is not text. Shorter texts count as words. */
export function base64Text(text: string, minimum: number = MIN_ENCODED): string | undefined {
  const bare = text.replace(/[\t-\r ]+/g, '')
  if (bare.length < minimum || !/^[A-Za-z0-9+/_-]+={0,2}$/.test(bare) || bare.replace(/=+$/, '').length % 4 === 1) return undefined
  const decoded = Buffer.from(bare, 'base64').toString('latin1')
  return /^[\t\n\r\x20-\x7e]+$/.test(decoded) ? decoded : undefined
}
