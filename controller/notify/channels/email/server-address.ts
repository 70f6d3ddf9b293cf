import { guardedLookup, isForbiddenHost } from '../address-guard.ts'
import { DeliveryError, TIMEOUT_MS } from '../channel.ts'

const forbidden = (): DeliveryError => new DeliveryError('Unready', 'the SMTP server has an address of the controller itself or of its node')

function failureOf(error: NodeJS.ErrnoException): DeliveryError {
  if (error.code === 'EFORBIDDENADDRESS') return forbidden()
  return new DeliveryError('Unavailable', `the SMTP server cannot be found (${error.code ?? 'unknown error'})`, { cause: error })
}

/**
 * The address to connect to. The library that sends mail would resolve the name itself, so it gets the address that was checked here, and nothing changes
 * between check and use.
 * @throws DeliveryError
 */
export async function serverAddress(host: string): Promise<string> {
  if (isForbiddenHost(host)) throw forbidden()
  return await new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new DeliveryError('Unavailable', 'the SMTP server cannot be found in time')), TIMEOUT_MS)
    guardedLookup(host, { all: false }, (error, address) => {
      clearTimeout(timer)
      if (error === null && typeof address === 'string') resolve(address)
      else reject(failureOf(error ?? new Error('no address')))
    })
  })
}
