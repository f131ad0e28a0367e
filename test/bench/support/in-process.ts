/** A Portico in the process of the benchmark: its clock can be moved on, and its events are heard as they happen. */
import { EventEmitter } from 'node:events'
import type { LogFields } from '#base/log.ts'
import { compileWorkerCode, compileWorkerCodeOnce } from '#main/compiled-worker-code.ts'
import { takeHome } from '#main/home.ts'
import { Service } from '#main/service.ts'
import { PorticoFolders, type Setup } from '../../support/portico-folders.ts'
import { SkippableClock } from '../../support/skippable-clock.ts'

export async function porticoHere(cleanUp: AsyncDisposableStack, setup: Setup) {
  const folders = cleanUp.use(await PorticoFolders.make(setup))
  const clock = new SkippableClock()
  const events = new EventEmitter<Record<string, [fields: LogFields]>>().setMaxListeners(0)
  const write = (event: string, fields: LogFields = {}) => void events.emit(event, fields)
  const log = { info: write, warn: write, error: write }
  const { config, apps } = folders
  await compileWorkerCode()
  compileWorkerCodeOnce()
  const service = await Service.start({
    config,
    apps,
    home: await takeHome(folders.home),
    clock,
    log,
    version: '0.0.0',
  })
  cleanUp.defer(async () => {
    service.stop()
    await service.ended
  })
  return { folders, clock, events, service }
}
