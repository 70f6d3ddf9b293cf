import { readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline/promises'
import { text } from 'node:stream/consumers'
import { usage } from './exit-code.ts'
import type { OnInterrupt } from './end-on-signal.ts'
import { createKubectl } from '../kubectl/kubectl.ts'
import { cut, lines } from './untrusted.ts'
import type { IO } from './io.ts'

export type Streams = { readonly stdin: NodeJS.ReadStream; readonly stdout: NodeJS.WriteStream; readonly stderr: NodeJS.WriteStream }
export type Surroundings = {
  readonly streams: Streams
  readonly kubectlPath: string | undefined
  readonly kubectlFlags: readonly string[]
  readonly onInterrupt: OnInterrupt
}

async function readInput(streams: Streams, file: string): Promise<string> {
  if (file === '-') {
    if (streams.stdin.isTTY) streams.stderr.write('reading from the terminal; end with Ctrl-D\n')
    return await text(streams.stdin)
  }
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    throw usage(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** The IO of a process: its terminal or pipe, its clock, and kubectl with the flags that the user gave for it. */
export function ioOf({ streams, kubectlPath, kubectlFlags, onInterrupt }: Surroundings): IO {
  const { stdin, stdout, stderr } = streams
  const note = (said: string): void => void stderr.write(`${said}\n`)
  const progress = (said: string): void => void stderr.write(`\r\u001b[K${cut(said, Math.max(20, (stderr.columns || 80) - 1))}`)
  return {
    clock: { nowMs: () => Date.now() },
    kubectl: createKubectl({ path: kubectlPath, flags: kubectlFlags, note: (warning) => note(lines(warning).join('\n')) }),
    ...(stdout.isTTY ? { width: Math.max(40, stdout.columns || 80) } : {}),
    print: (said) => void stdout.write(said),
    note,
    progress: stderr.isTTY ? progress : () => undefined,
    ask:
      stdin.isTTY && stderr.isTTY
        ? async (question) => {
            const terminal = createInterface({ input: stdin, output: stderr })
            // Ctrl-C is not a signal while readline reads the terminal.
            terminal.once('SIGINT', () => process.kill(process.pid, 'SIGINT'))
            try {
              return await terminal.question(question)
            } finally {
              terminal.close()
            }
          }
        : undefined,
    onInterrupt,
    read: (file) => readInput(streams, file),
  }
}
