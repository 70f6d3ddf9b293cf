import type { ServerResponse } from 'node:http'
import { CannotMask, type Masker, type TextMasker } from '../../domain/mask/masker.ts'
import { StatusError } from '../../domain/status-error.ts'
import type { CatchUp } from '../catch-up/catch-up.ts'
import { DelayLine } from '../catch-up/delay-line.ts'
import type { ByteBudget } from '../byte-room.ts'
import { endingError } from '../decide/endings.ts'
import type { AnswerBody } from '../steps.ts'
import { AnswerWriter, Cut } from './answer-writer.ts'
import type { ResponseHeaders } from './response-headers.ts'
import type { SlowWork } from './slow-work.ts'

/** After a pause this long, held-back bytes of a followed log are sent. */
const IDLE_MS = 20

export type AnswerDelivery = {
  readonly response: ServerResponse
  readonly status: number
  readonly headers: ResponseHeaders
  readonly body: AnswerBody
  readonly masker: Masker | TextMasker
  /** Masking that takes long waits for the turn of the identity. */
  readonly pace: { readonly work: SlowWork; readonly identity: string }
  /**
   * Set for a watch or a followed log. The response head is sent at once, since a watch may have no events for a long time. Each chunk is
   * sent when the Secrets that existed when it arrived are known.
   */
  readonly endless: { readonly catchUp: CatchUp; readonly room: ByteBudget } | undefined
  /** Aborts when the response must end, even if the client reads slowly. */
  readonly ending: AbortSignal
  /** Returns what to send before a response is cut between two lines, if anything. */
  readonly errorEvent: (error: unknown) => Buffer | undefined
}

function failure(error: unknown, { response, ending }: AnswerDelivery): unknown {
  if (response.headersSent) return error instanceof Cut ? error : new Cut('the answer broke off', { cause: error })
  if (ending.aborted) return endingError('the answer', ending.reason)
  if (error instanceof CannotMask)
    return new StatusError('BadGateway', 'the answer could not be understood well enough to mask it, so it is withheld', { cause: error })
  return error instanceof Cut ? error : new StatusError('BadGateway', "kube-apiserver's answer broke off", { cause: error })
}

/** Calls `end` at once when the client leaves or the response must end, without waiting for a read or a write. */
function onEnd({ response, ending }: AnswerDelivery, end: (why: Cut) => void): () => void {
  const left = (): void => end(new Cut('the client has left'))
  const ended = (): void => end(new Cut('ended by the gateway'))
  response.once('close', left)
  ending.addEventListener('abort', ended, { once: true })
  if (ending.aborted) ended()
  return () => {
    response.off('close', left)
    ending.removeEventListener('abort', ended)
  }
}

/** Masks a piece when the identity may cause more work. @throws Cut when the client leaves, or when the response must end: nobody needs the piece then */
async function inTurn({ pace: { work, identity }, response, ending }: AnswerDelivery, mask: () => Buffer): Promise<Buffer> {
  const isOver = (): boolean => response.destroyed || ending.aborted
  await work.ready(identity, isOver)
  if (isOver()) throw new Cut(ending.aborted ? 'ended by the gateway' : 'the client has left')
  return work.run(identity, mask)
}

/** Masks chunks as they arrive. */
async function pass(delivery: AnswerDelivery, writer: AnswerWriter): Promise<void> {
  for await (const chunk of delivery.body as AsyncIterable<Buffer>) {
    if (!writer.write(await inTurn(delivery, () => delivery.masker.push(chunk)))) await writer.drained()
  }
}

/** Masks each chunk when the Secrets that existed when it arrived are known. */
async function passWhenKnown(delivery: AnswerDelivery, writer: AnswerWriter, by: NonNullable<AnswerDelivery['endless']>): Promise<void> {
  const { response, body, masker } = delivery
  let idle: NodeJS.Timeout | undefined
  const releaseIdle = (): void => {
    if ('idle' in masker && !response.destroyed) writer.write(masker.idle())
  }
  const line = new DelayLine({ ...by, onFailed: () => body.destroy() })
  const over = onEnd(delivery, (why) => {
    line.close(why)
    body.destroy()
  })
  try {
    const show = async (bytes: Buffer): Promise<void> => {
      clearTimeout(idle)
      if (!writer.write(await inTurn(delivery, () => masker.push(bytes)))) await writer.drained()
      idle = setTimeout(releaseIdle, IDLE_MS)
    }
    for await (const chunk of body as AsyncIterable<Buffer>) await line.addBytes(chunk, show)
    await line.drained()
  } catch (error) {
    // Data that arrived before upstream failed is sent first. If the line was closed, this throws the reason instead.
    await line.drained()
    throw error
  } finally {
    over()
    line.close(undefined)
    clearTimeout(idle)
  }
}

/**
 * Last part of the step `mask`. Masks the body chunk by chunk into the response, as fast as the client reads. Returns the number of bytes sent.
 * @throws StatusError BadGateway while nothing was sent; Cut afterwards, and the caller closes the connection
 */
export async function deliver(delivery: AnswerDelivery): Promise<number> {
  const { response, status, headers, ending, body, masker, endless } = delivery
  const writer = new AnswerWriter({ response, status, headers, ending, atOnce: endless !== undefined })
  try {
    if (endless === undefined) await pass(delivery, writer)
    else await passWhenKnown(delivery, writer, endless)
    writer.write(delivery.pace.work.run(delivery.pace.identity, () => masker.end()))
    await writer.end()
    return writer.bytes
  } catch (error) {
    if (await writer.cut(delivery.errorEvent(error)).catch(() => false)) throw new Cut('ended with last words', { cause: error })
    throw failure(error, delivery)
  } finally {
    body.destroy()
  }
}
