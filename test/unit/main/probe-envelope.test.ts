import { expect, test } from 'vitest'
import { encodeRequest, probeRequest } from '#main/probe-envelope.ts'

/** The request of a Mono client (`captures/echo`), from the document's first byte to the start of the body. */
const captured =
  '56020b0173040b0161065608440a1e0082991d687474703a2f2f74656d707572692e6f72672f494563686f2f4563686f441aad4672e33d9e1e3a43a522d0e33dc0ce9b442c5e0741646472657373992e687474703a2f2f7777772e77332e6f72672f323030352f30382f61646472657373696e672f616e6f6e796d6f757301440c1e0082991d6e65742e7463703a2f2f3132372e302e302e313a383038302f4563686f01560e40044563686f0813687474703a2f2f74656d707572692e6f72672f'

test('a request has the bytes that a WCF client writes, up to the content of its body', () => {
  const request = encodeRequest({
    action: 'http://tempuri.org/IEcho/Echo',
    to: 'net.tcp://127.0.0.1:8080/Echo',
    messageId: Buffer.from('4672e33d9e1e3a43a522d0e33dc0ce9b', 'hex'),
    element: 'Echo',
    namespace: 'http://tempuri.org/',
  })
  expect(request.toString('hex')).toBe(`00${captured}010101`)
})

test('an address of more than 255 bytes gets a size of two bytes', () => {
  const to = `net.tcp://localhost/${'a'.repeat(300)}`
  const request = encodeRequest(probeRequest(to))
  const at = request.indexOf(Buffer.from('440c1e0082', 'hex')) + 5
  expect([...request.subarray(at, at + 3)]).toEqual([0x9b, to.length & 0xff, to.length >> 8])
})
