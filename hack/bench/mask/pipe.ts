/** Sends a text through two system pipes, as a proxy would: producer, this process (masking or not), consumer. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Masker } from '../../../domain/mask/masker.ts'

/** Returns how many bytes were read. Producer and consumer are `cat`, so their CPU time does not count here. */
export async function throughPipe(text: Buffer, masker: Masker | undefined): Promise<number> {
  const from = spawn('cat', { stdio: ['pipe', 'pipe', 'ignore'] })
  const to = spawn('cat', { stdio: ['pipe', 'ignore', 'ignore'] })
  const closed = once(to, 'close')
  from.stdin.end(text)
  let read = 0
  for await (const chunk of from.stdout as AsyncIterable<Buffer>) {
    read += chunk.length
    const out = masker === undefined ? chunk : masker.push(chunk)
    if (out.length > 0 && !to.stdin.write(out)) await once(to.stdin, 'drain')
  }
  to.stdin.end(masker?.end())
  await closed
  return read
}
