/** Files of applications that hold services: web.config, .svc files and an entry module that tells what it did. */

/** An entry module with services of these names; each session answers `<service> <endpoint> <started so far>` to each envelope. */
export const tellingModule = (...names: readonly string[]): string => `
const started = []
const service = (name) => ({
  start() { started.push(name) },
  async session(session, { service, endpoint }) {
    for await (const _ of session)
      await session.send(Buffer.from([service?.path, endpoint?.path, started.join()].join(' ')))
  },
})
export default { services: { ${names.map((name) => `${JSON.stringify(name)}: service(${JSON.stringify(name)})`).join(', ')} } }
`

export const svc = (name: string): string => `<%@ ServiceHost Language="C#" Service="${name}" %>`

export interface ServiceModel {
  readonly bindings?: string
  /** The endpoints of each service. */
  readonly services?: Readonly<Record<string, string>>
  readonly hosting?: string
}

export function webConfig({ bindings = '', services = {}, hosting = '' }: ServiceModel): string {
  const written = Object.entries(services).map(
    ([name, endpoints]) => `<service name="${name}">\n${endpoints}\n</service>`,
  )
  return `<configuration>
<system.serviceModel>
<bindings>
${bindings}
</bindings>
<services>
${written.join('\n')}
</services>
${hosting}
</system.serviceModel>
</configuration>
`
}

/** A netTcpBinding without security; `attributes` as maxConnections="50". */
export const netTcpBinding = (name: string, attributes = ''): string =>
  `<binding name="${name}" ${attributes}><security mode="None"/></binding>`

/** A custom binding with a tcpTransport. */
export const tcpTransport = (name: string, attributes = '', pool = ''): string =>
  `<binding name="${name}"><binaryMessageEncoding/><tcpTransport ${attributes}><connectionPoolSettings ${pool}/></tcpTransport></binding>`

export const endpoint = (binding: string, configuration: string, address = ''): string =>
  `<endpoint address="${address}" binding="${binding}" bindingConfiguration="${configuration}" contract="IContract"/>`
