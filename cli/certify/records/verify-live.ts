import type { Fault } from '../../../domain/record/verify/fault.ts'
import { verify, type Report, type VerifyOptions } from '../../../domain/record/verify/verify.ts'
import { usage } from '../../terminal/exit-code.ts'
import type { OpenedRecords } from './records-folder.ts'

const RETRY_MS = 300
const TRIES = 4
/** Retention removes the oldest files when a new one begins, and the oldest are read first. */
const REMOVALS = 10

/** Faults that a concurrent writer can cause: an incomplete line, or a closing line before its next file. */
const isTransient = ({ kind }: Fault): boolean => kind === 'torn' || kind === 'absent'

/**
 * Verifies a folder that may be written concurrently: faults that can be transient are checked again, and a folder from which a file was removed
 * meanwhile is opened again. @throws CommandError when files are removed faster than they are read
 */
export async function verifyLive(open: () => Promise<OpenedRecords>, options: VerifyOptions): Promise<Report> {
  for (let [tries, removals] = [1, 0]; ;) {
    const folder = await open()
    const report = await verify(folder, options)
    if (folder.gone.size > 0) {
      removals += 1
      if (removals === REMOVALS) throw usage('record files are removed faster than they can be read', 'copy the folder, and verify the copy')
      continue
    }
    if (report.faults.length === 0 || !report.faults.every(isTransient) || tries === TRIES) return report
    tries += 1
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS))
  }
}
