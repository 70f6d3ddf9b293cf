import type { AccessRequest } from '../../domain/api/access-request.ts'
import { impactOf } from '../../domain/explain/impact/impact.ts'
import { block } from '../terminal/block.ts'
import { cut, oneLine } from '../terminal/untrusted.ts'
import type { IO } from '../terminal/io.ts'
import { createReader } from './reader.ts'

const MAX_LENGTH = 300

/** What the request would touch, as the cluster is now, read with the caller's rights. Bounded in places, reads and time; what is not read says so. */
export async function impactLines(io: Pick<IO, 'kubectl' | 'clock'>, request: AccessRequest): Promise<readonly string[]> {
  const { impacts, more } = await impactOf(createReader(io), request)
  const lines = impacts.flatMap(({ place, lines: said }) => [oneLine(place), ...said.map((line) => `  ${cut(line, MAX_LENGTH)}`)])
  if (lines.length > 0 && more > 0) lines.push(`and ${more} more, which ${more === 1 ? 'is' : 'are'} not examined`)
  return block('What it touches now (read with your rights):', lines)
}
