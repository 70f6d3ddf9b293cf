export type Part = { readonly bytes: Buffer; readonly strong: boolean }
export function partsOf(name: string, value: Buffer): { readonly parts: readonly Part[]; readonly cut: boolean } {
  return { parts: [{ bytes: value, strong: name !== 'weak' && value.length >= 8 }], cut: false }
}
