/** Whole programs that share a URI: one in TypeScript with the library, one in Python without any. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { descriptorOf } from '#syscalls/descriptor.ts'
import { sendDescriptor } from '#syscalls/sockets.ts'
import { socketPair } from '../../support/framing-client.ts'
import { printingProgram } from '../../support/printing-program.ts'
import { local, remote, ScriptedPortico } from '../../support/scripted-portico.ts'
import { uri, via } from '../../support/sharing-under-test.ts'

const programs = join(import.meta.dirname, '../../fixtures/programs')

describe('a program with the library', () => {
  test('runs as long as it shares, loads no package, and ends by itself once its service is closed', async () => {
    const portico = await ScriptedPortico.start()
    const program = printingProgram(process.execPath, [
      '--disable-warning=ExperimentalWarning',
      join(programs, 'shares.ts'),
      portico.path,
      uri,
    ])
    await portico.welcome()
    await portico.grant()
    expect(await program.next()).toEqual({ event: 'shared', packages: [], registered: uri })
    const { client, outcome } = await portico.offer(via)
    expect(await outcome).toEqual({ is: 'accepted' })
    expect(String(await client.readAll())).toBe('goodbye')
    await portico.next('unregister')
    await portico.next('leave')
    client.socket.end()
    expect(await program.exited).toEqual({ code: 0, stderr: '' })
  })
})

const hasPython = spawnSync('python3', ['--version']).status === 0
if (!hasPython) process.stdout.write('skipped: the client in Python, because there is no python3\n')

describe.skipIf(!hasPython)('a program in Python', () => {
  async function python() {
    const portico = await ScriptedPortico.start()
    const program = printingProgram('python3', [join(programs, 'shares.py'), portico.path, uri])
    expect(await portico.welcome()).toMatchObject({ version: 1, uri })
    expect(await portico.grant()).toMatchObject({ request: 1, uri })
    expect(await program.next()).toMatchObject({ type: 'welcome' })
    expect(await program.next()).toMatchObject({ type: 'registered', registration: 1, descriptor: false })
    return { portico, program }
  }

  test('serves its connections, and reports their ends', async () => {
    const { portico, program } = await python()
    const [one, two] = [await portico.offer(`${via}/1`), await portico.offer(`${via}/2`)]
    for (const { client, outcome } of [two, one]) {
      expect(await outcome).toEqual({ is: 'accepted' })
      client.write(Buffer.from(client === one.client ? 'one' : 'two'))
      client.socket.end()
    }
    expect(String(await one.client.readAll())).toBe('one')
    expect(String(await two.client.readAll())).toBe('two')
    await portico.next('closed')
    await portico.next('closed')
    expect(await program.next()).toMatchObject({ type: 'dispatch', via: `${via}/1`, descriptor: true })
    portico.tell({ type: 'ping', request: 3 })
    expect(await portico.next('pong')).toEqual({ type: 'pong', request: 3 })
    portico.stop()
    expect((await program.exited).code).toBe(0)
  })

  test('knows which line a descriptor belongs to, with others around it and when it comes in two parts', async () => {
    const { portico, program } = await python()
    const { client, server } = await socketPair()
    const socket = portico.channel?.socket
    if (!socket) throw new Error('the program is connected')
    const line = (message: object) => Buffer.from(`${JSON.stringify(message)}\n`)
    const ping = line({ type: 'ping', request: 1 })
    const dispatch = line({ type: 'dispatch', connection: 1, registration: 1, via, remote, local })
    program.pause()
    socket.write(ping)
    sendDescriptor(descriptorOf(socket), dispatch.subarray(0, 30), descriptorOf(server))
    socket.write(Buffer.concat([dispatch.subarray(30), ping, line({ type: 'dispatch', connection: 2, via })]))
    program.resume()
    const printed = [await program.next(), await program.next(), await program.next(), await program.next()]
    expect(printed.map(({ type, descriptor }) => [type, descriptor])).toEqual([
      ['ping', false],
      ['dispatch', true],
      ['ping', false],
      ['dispatch', false],
    ])
    expect(await portico.next('accepted')).toMatchObject({ connection: 1 })
    expect(await portico.next('rejected')).toMatchObject({ connection: 2 })
    server.destroy()
    client.socket.destroy()
  })

  test('says why it was refused, and what to do', async () => {
    const portico = await ScriptedPortico.start()
    const program = printingProgram('python3', [join(programs, 'shares.py'), portico.path, uri])
    await portico.welcome()
    await portico.deny()
    expect(await program.exited).toEqual({ code: 1, stderr: 'somebody else has it\nChoose another one.\n' })
  })
})
