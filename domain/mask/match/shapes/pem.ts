import type { ShapedText } from './item.ts'

const BEGIN = '-----BEGIN '
const END = '-----END '
const PUBLIC = /(CERTIFICATE|PUBLIC KEY|CERTIFICATE REQUEST|X509 CRL|PARAMETERS)$/
const MAX_LABEL = 64
/** Every OpenSSH key begins with `openssh-key-v1`, so its first line carries no information. */
const OPENSSH = /^b3BlbnNzaC1rZXktdj/

/** Removes public certificates and keys, which anyone may see. */
function withoutPublic(text: string): string {
  let rest = ''
  let kept = 0
  for (let begin = text.indexOf(BEGIN); begin >= 0; begin = text.indexOf(BEGIN, Math.max(begin + 1, kept))) {
    const label = text.slice(begin + BEGIN.length, text.indexOf('-----', begin + BEGIN.length))
    const end = label.length < MAX_LABEL && PUBLIC.test(label) ? text.indexOf(END, begin) : -1
    if (end < 0) {
      if (text.indexOf(END, begin) < 0) break
      continue
    }
    const closing = `${END}${label}-----`
    if (!text.startsWith(closing, end)) continue
    rest += `${text.slice(kept, begin)}\n`
    kept = end + closing.length
  }
  return rest + text.slice(kept)
}

/** Private keys line by line, without the lines that every key has. */
export function pem(name: string, text: string): Iterable<ShapedText> | undefined {
  if (!text.includes(BEGIN)) return undefined
  const lines = withoutPublic(text)
    .split('\n')
    .map((line) => line.trim())
  return [{ name, text: lines.filter((line) => line !== '' && !line.startsWith('-----') && !OPENSSH.test(line)).join('\n') }]
}
