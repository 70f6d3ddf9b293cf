import type { Played, RecordedEvent } from './replay.ts'
import { streamText } from './shown-in.ts'

const CHANNEL = { stdin: 'i', stdout: 'o', stderr: 'o', resize: 'r' } as const
const SIZE = /^([1-9]\d{0,3})x([1-9]\d{0,3})$/

type Data = RecordedEvent<'stream.data'>

/** What the header of a recording says. */
export type CastAbout = {
  readonly title: string
  /** Seconds since 1970. */
  readonly timestamp: number
  readonly command?: readonly string[] | undefined
}

/** The first line of an asciicast. @param data pieces of which the first size of the terminal is taken */
export function castHeader({ title, timestamp, command }: CastAbout, data: readonly Data[]): string {
  const [, width = '80', height = '24'] = SIZE.exec(data.find(({ channel }) => channel === 'resize')?.data ?? '') ?? []
  return JSON.stringify({
    version: 2,
    width: Number(width),
    height: Number(height),
    timestamp,
    ...(title === '' ? {} : { title }),
    ...(command === undefined ? {} : { command: command.join(' ') }),
  })
}

/**
 * One `[seconds, code, data]`; undefined for a piece that is not shown. Streams without a terminal do not return the carriage at a line feed, but
 * players expect it, so carriage returns are added. Program output is kept unchanged, including escape sequences: a player executes them as the
 * terminal did.
 */
export function castFrame(frame: Data, terminal: boolean, offsetMs = frame.offsetMs): string | undefined {
  const shown = streamText(frame)
  if (frame.channel === 'resize') return SIZE.test(shown) ? JSON.stringify([offsetMs / 1000, CHANNEL.resize, shown]) : undefined
  return JSON.stringify([offsetMs / 1000, CHANNEL[frame.channel], terminal ? shown : shown.replaceAll(/\r?\n/g, '\r\n')])
}

/** The terminal of an exec or attach as asciicast v2 (docs.asciinema.org/manual/asciicast/v2): a header, then one frame a line. */
export function asciicastOf(request: Played): string {
  const { opened, data, intent, time } = request
  const header = castHeader(
    {
      title: [intent?.user, intent?.namespace, intent?.name].filter((word) => word !== undefined).join(' '),
      timestamp: Math.floor(Date.parse(opened?.time ?? time) / 1000),
      command: opened?.command,
    },
    data,
  )
  const frames = data.toSorted((left, right) => left.offsetMs - right.offsetMs).map((frame) => castFrame(frame, opened?.tty === true))
  return [header, ...frames.filter((frame) => frame !== undefined), ''].join('\n')
}

const GOES_ON = 'the recording goes on: ask for it with after='

/** The last line of a recording that is cut. @param afterMs time of the last frame before the cut, from which the rest follows */
export const cutMarker = (afterMs: number): string => JSON.stringify([afterMs / 1000, 'm', `${GOES_ON}${Math.max(0, afterMs - 1) / 1000}`])

/** Whether a recording is cut. */
export const isCutCast = (cast: string): boolean => cast.slice(cast.trimEnd().lastIndexOf('\n') + 1).includes(`"m","${GOES_ON}`)

const SHOWN = { i: 'stdin', o: 'stdout' } as const

/**
 * What a terminal received and showed, in pieces of the records, from an asciicast v2. Sizes and markers are left out, and so is a line that is not
 * whole or not a frame.
 */
export function castData(cast: string, { auditID, session }: { readonly auditID: string; readonly session: string }): readonly Data[] {
  return cast.split('\n').flatMap((line): readonly Data[] => {
    const [seconds, code, data] = frameIn(line)
    if (typeof seconds !== 'number' || !Number.isFinite(seconds) || (code !== 'i' && code !== 'o') || typeof data !== 'string') return []
    const offsetMs = Math.max(0, Math.round(seconds * 1000))
    return [{ event: 'stream.data', time: new Date(offsetMs).toISOString(), auditID, session, channel: SHOWN[code], offsetMs, data }]
  })
}

function frameIn(line: string): readonly unknown[] {
  if (!line.startsWith('[')) return []
  try {
    return JSON.parse(line) as readonly unknown[]
  } catch {
    return []
  }
}
