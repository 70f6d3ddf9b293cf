import type { AccessRequest } from '../../domain/api/access-request.ts'
import { withdrawRequest } from './withdraw-request.ts'
import { EXIT, type ExitCode } from '../terminal/exit-code.ts'
import { confirms, type IO } from '../terminal/io.ts'
import { shortName } from '../terminal/output-formats.ts'

/** Aborts when the user presses Ctrl-C while `work` runs. The next Ctrl-C ends the process. */
export async function interruptible<T>(io: IO, work: (interrupted: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController()
  const stop = io.onInterrupt(() => controller.abort())
  try {
    return await work(controller.signal)
  } finally {
    stop()
  }
}

/**
 * After Ctrl-C during a wait: asks on a terminal whether to withdraw the requests. Without a terminal they stay open.
 * @throws KubectlError when one cannot be withdrawn
 */
export async function afterInterrupt(io: IO, requests: readonly AccessRequest[]): Promise<ExitCode> {
  const names = requests.map(({ metadata }) => metadata.name)
  const what = names.length === 1 ? 'the request' : `the ${names.length} requests`
  if (await confirms(io, `\nwithdraw ${what}?`)) {
    for (const name of names) io.note(`${shortName(await withdrawRequest(io, name))} withdrawn`)
    return EXIT.ended
  }
  io.note(`${what} stays open; to withdraw it: kubectl delete accessrequest ${names.join(' ')}`)
  return EXIT.interrupted
}
