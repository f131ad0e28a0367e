/** Which addresses can be probed, what goes on the wire for them, and where the connection goes. */
import { expect, test } from 'vitest'
import { probeTarget } from '#main/probe-target.ts'

test.each([
  ['net.tcp://localhost:8808/echo', 'net.tcp://localhost:8808/echo', 'localhost', 8808, true],
  ['net.tcp://LocalHost/App', 'net.tcp://localhost/App', 'localhost', 808, false],
  ['net.tcp://localhost:808/App', 'net.tcp://localhost/App', 'localhost', 808, true],
  ['NET.TCP://h:9', 'net.tcp://h:9/', 'h', 9, true],
  ['net.tcp://[::1]:8808/a b', 'net.tcp://[::1]:8808/a%20b', '::1', 8808, true],
  ['net.tcp://[::1]/x:99', 'net.tcp://[::1]/x:99', '::1', 808, false],
  ['net.tcp://[fe80::1%eth0]:8808/x', 'net.tcp://[fe80::1]:8808/x', 'fe80::1%eth0', 8808, true],
  ['net.tcp://[fe80::1%25eth0]:8808/x', 'net.tcp://[fe80::1]:8808/x', 'fe80::1%eth0', 8808, true],
  ['net.tcp://bücher.example/x', 'net.tcp://bücher.example/x', 'xn--bcher-kva.example', 808, false],
])('%s asks for %s', (url, via, host, port, portIsWritten) => {
  expect(probeTarget(url)).toEqual({ via, host, port, portIsWritten })
})

test.each([
  'http://localhost:8808/echo',
  'net.pipe://localhost/echo',
  'localhost:8808/echo',
  'net.tcp://',
  'net.tcp://user@host/x',
  'net.tcp://localhost:65536/x',
  'net.tcp://localhost:0/x',
  `net.tcp://localhost/${'a'.repeat(2048)}`,
  '',
])('%s can not be probed', (url) => {
  expect(probeTarget(url)).toBeUndefined()
})
