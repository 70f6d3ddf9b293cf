/** Every form in which a value may appear in text: raw, base64 at its three phases, base64url, hex in both cases, percent-encoded. */
export function formsOf(value: Buffer): readonly Buffer[] {
  const forms = new Set<string>([
    value.toString('latin1'),
    value.toString('hex'),
    value.toString('hex').toUpperCase(),
    encodeURIComponent(value.toString('utf8')),
  ])
  for (const shift of [0, 1, 2]) {
    // The characters at the edges depend on the neighbours; search for those that depend on the value alone.
    const body = value.subarray((3 - shift) % 3)
    const whole = body.subarray(0, body.length - (body.length % 3))
    forms.add(whole.toString('base64'))
    forms.add(whole.toString('base64url'))
  }
  return [...forms].filter((form) => form.length >= 8).map((form) => Buffer.from(form, 'latin1'))
}

/** Finds a value in `text`, in any form; undefined if absent. A value too short to search for is an error, not a pass. */
export function findValue(text: Buffer, value: Buffer): { readonly at: number; readonly form: number } | undefined {
  const forms = formsOf(value)
  if (value.length < 12 || forms.length === 0) throw new Error('the value is too short to search for')
  for (const [form, bytes] of forms.entries()) {
    const at = text.indexOf(bytes)
    if (at >= 0) return { at, form }
  }
  return undefined
}
