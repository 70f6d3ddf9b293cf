import { describe, expect, it } from 'vitest'
import { isWhole } from './raw-exchange.ts'

const OK = 'HTTP/1.1 200 OK\r\n'

describe('a response is whole', () => {
  it.each([
    ['with all of its length', `${OK}Content-Length: 3\r\n\r\nabc`],
    ['with an empty body', `${OK}Content-Length: 0\r\n\r\n`],
    ['with its last chunk', `${OK}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n`],
    ['with only a last chunk', `${OK}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
    ['after a 100', `HTTP/1.1 100 Continue\r\n\r\n${OK}Content-Length: 1\r\n\r\na`],
  ])('%s', (_, text) => expect(isWhole(Buffer.from(text))).toBe(true))

  it.each([
    ['without anything', ''],
    ['without the end of its head', `${OK}Content-Length: 0\r\n`],
    ['with a part of its length', `${OK}Content-Length: 3\r\n\r\nab`],
    ['with a chunk that ends in a zero', `${OK}Transfer-Encoding: chunked\r\n\r\n3\r\nab0\r\n`],
    ['when the connection is upgraded', 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n'],
    ['when it ends with the connection', `${OK}\r\nabc`],
    ['after a 100 alone', 'HTTP/1.1 100 Continue\r\n\r\n'],
  ])('not %s', (_, text) => expect(isWhole(Buffer.from(text))).toBe(false))
})
