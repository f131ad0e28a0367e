import { expect, test } from 'vitest'
import { parseExitLine } from '#launcher/exit-line.ts'

test.each([
  ['App [Pool-1:0] exited with code [3] via signal [SIGINT]\n', 'Pool-1:0', 'exit code 3'],
  ['App [Pool-1:7] exited with code [0] via signal [SIGKILL]\n', 'Pool-1:7', 'signal SIGKILL'],
  ['App [Pool-1:7] exited with code [0] via signal [SIGINT]\n', 'Pool-1:7', 'exit code 0 or signal SIGINT'],
  ['App [a:b]:12] exited with code [0] via signal [SIGTERM]\n', 'a:b]:12', 'signal SIGTERM'],
])('PM2 telling %j says how the process ended', (line, entry, how) => {
  expect(parseExitLine(line)).toEqual({ entry, how })
})

test.each(['App [Pool-1:0] online\n', 'a worker says: App [Pool-1:0] exited with code [0] via signal [SIGKILL]', ''])(
  'any other line, as %j, tells of no end',
  (line) => expect(parseExitLine(line)).toBeUndefined(),
)
