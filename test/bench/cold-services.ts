/** What do web.config and .svc files add to the first reply of an application that is started for it? */
import { callOnce } from '../support/net-tcp-client.ts'
import { endpoint, netTcpBinding, svc, webConfig } from '../support/service-model.ts'
import { question } from './support/bench.ts'
import { BenchPortico } from './support/subjects.ts'

const rounds = 25

const module = `export default {
  async session(session) { for await (const envelope of session) await session.send(envelope) },
}`

const files = {
  'index.mjs': module,
  'orders.svc': svc('Orders'),
  'web.config': webConfig({
    bindings: `<netTcpBinding>${netTcpBinding('plain')}</netTcpBinding>`,
    services: { Orders: endpoint('netTcpBinding', 'plain') },
  }),
}

await question(
  'cold with services: from connect to the first reply of a service of web.config, against the same application without',
  async (cleanUp) => {
    const portico = cleanUp.use(await BenchPortico.start({ apps: { shop: files, plain: { 'index.mjs': module } } }))
    const cold = async (path: string) => {
      await portico.becomeCold()
      const begin = performance.now()
      if ((await callOnce(portico.port, path)) !== 'hello') throw new Error('a reply was wrong')
      return performance.now() - begin
    }
    const results = { portico: [] as number[], baseline: [] as number[] }
    for (let n = -3; n < rounds; n++) {
      const times = { portico: await cold('/shop/orders.svc'), baseline: await cold('/plain') }
      if (n < 0) continue // PM2's daemon, and the compile cache
      results.portico.push(times.portico)
      results.baseline.push(times.baseline)
    }
    return [{ name: 'a service of web.config', unit: 'ms', ...results, against: 'the application alone' }]
  },
)
