/** Limits of real worker processes, by what this machine offers; and what they leave running. */
import { expect, test } from 'vitest'
import { ownProcessors, processorsText } from '#confinement/processors.ts'
import { identityOf, lives } from '#launcher/processes.ts'
import { PorticoUnderTest } from '../support/portico-under-test.ts'

const underTest = (cpu: string, own = '') =>
  PorticoUnderTest.start({
    apps: { much: 'uses-much' },
    pools: `<add name="DefaultAppPool"><processModel pingingEnabled="false"/>${cpu}</add>`,
    porticoElements: own,
  })

test('what a worker process leaves running ends with it, even where nothing leads from one to the other', async () => {
  await using portico = await underTest('')
  for (const end of ['exits', 'is killed', 'is recycled']) {
    const worker = Number(await portico.call('/much', 'nothing'))
    const child = identityOf(Number(await portico.call('/much', 'leave')))
    if (!child) throw new Error('the child is not under /proc')
    if (end === 'exits') await portico.call('/much', 'exit')
    if (end === 'is killed') process.kill(worker, 'SIGKILL')
    if (end === 'is recycled') await portico.service.manager.named('DefaultAppPool').recycle('OnDemand')
    await portico.event('worker.childrenEnded')
    await expect.poll(() => lives(child), { message: end }).toBe(false)
  }
})

test('a pool that has used up its processor time has no worker process until the interval ends', async () => {
  // Less than a start takes.
  await using portico = await underTest('<cpu limit="1" action="KillW3wp" resetInterval="00:01:00"/>')
  const isAsked = () => portico.call('/much', 'nothing').catch(() => undefined) // it may be ended before it answers
  const [launched] = [portico.event('worker.launching'), isAsked()]
  await launched
  expect((await portico.event('worker.exited')).fields).toMatchObject({ why: 'cpuLimit' })
  expect(await isAsked()).toBe('EndpointUnavailable')
  expect(portico.status.pools[0]?.problem?.code).toBe('POOL_CPU_USED_UP')
  portico.clock.skip(60_000)
  const [launchedAgain] = [portico.event('worker.launching'), isAsked()]
  await launchedAgain
})

test('a worker process that takes more memory than it may is ended, and its life story says so', async () => {
  await using portico = await underTest('', '<poolDefaults memoryLimit="200000"/>')
  await portico.call('/much', 'allocate')
  const { fields } = await portico.event('worker.exited')
  expect(fields.how).toMatch(/^reached its memory limit of 200000 KB \(signal SIGKILL\)/)
})

test('the threads of a worker process, and those that it starts later, keep to the processors of the mask', async () => {
  const mask = 2 ** (ownProcessors()[0] ?? 0)
  const affinitized = `<cpu smpAffinitized="true" smpProcessorAffinityMask="${mask}" smpProcessorAffinityMask2="0"/>`
  await using portico = await underTest(affinitized)
  expect(await portico.call('/much', 'processors')).toMatch(new RegExp(`^\\d+ threads: ${ownProcessors()[0]}$`))
  const pools = '<add name="DefaultAppPool"><processModel pingingEnabled="false"/></add>'
  portico.folders.configure({ pools })
  await portico.event('configuration.changed')
  const everywhere = processorsText(ownProcessors()).replaceAll(' ', '')
  expect(await portico.call('/much', 'processors')).toMatch(new RegExp(`^\\d+ threads: ${everywhere}$`))
})
