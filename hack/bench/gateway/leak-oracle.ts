import { randomBytes } from 'node:crypto'

/** A leak voids the run: numbers of a gateway that leaks Secrets mean nothing. */
export class Leaked extends Error {}

/**
 * Oracle O1: the canary in every Secret value of the run, and a search for it in what the gateway sends: raw, in hex, and in base64 at its
 * three phases. It shares no code or assumption with masking.
 */
export type LeakOracle = {
  readonly canary: string
  /** @throws Leaked */
  check(variant: string, chunks: readonly Buffer[]): void
}

/** The base64 digits of a text that do not depend on what precedes or follows it. */
function phases(text: string): readonly string[] {
  return [0, 1, 2].map((before) => {
    const whole = Buffer.from(`${'\0'.repeat(before)}${text}`)
      .toString('base64')
      .replaceAll('=', '')
    return whole.slice(before === 0 ? 0 : before + 1, -2)
  })
}

export function createLeakOracle(): LeakOracle {
  const canary = `C${randomBytes(9).toString('hex')}`
  const needles = [canary, Buffer.from(canary).toString('hex'), Buffer.from(canary).toString('hex').toUpperCase(), ...phases(canary)]
  const longest = Math.max(...needles.map(({ length }) => length))
  return {
    canary,
    check: (variant, chunks) => {
      let tail = Buffer.alloc(0)
      for (const chunk of chunks) {
        const seam = Buffer.concat([tail, chunk.subarray(0, longest)])
        for (const bytes of [seam, chunk])
          if (needles.some((needle) => bytes.includes(needle)))
            throw new Leaked(`${variant}: the answer holds the canary of a Secret; the run is void`)
        tail = Buffer.concat([tail, chunk.subarray(-longest)]).subarray(-longest)
      }
    },
  }
}
