/** The schema of `<serviceHostingEnvironment>`, and the paths that its activations name. */
import { attribute, collection, element, required } from './schema.ts'
import { pathOfNames } from './service-files.ts'
import { withoutEffect } from './transport-attributes.ts'
import { bool, filledText, text, uint, value } from './values.ts'

/** The extensions that services have on Windows. */
const knownExtension = /\.(?:svc|xamlx)$/i

/** The path below the application that `~/dir/x.svc` or `dir/x.svc` names, as `/dir/x.svc`; undefined when it may not. */
export function pathOfRelativeAddress(written: string): string | undefined {
  if (/^[/\\]|^~(?![/\\])/.test(written) || !knownExtension.test(written)) return undefined
  const names: string[] = []
  for (const segment of written.replace(/^~/, '').split(/[/\\]/)) {
    const name = unescaped(segment)
    if (name === '..' && names.pop() === undefined) return undefined
    if (name !== '' && name !== '.' && name !== '..') names.push(name)
  }
  return names.length === 0 ? undefined : pathOfNames(names)
}

/** The text that the escapes of `name` stand for; a `%` that begins none stands for itself. */
function unescaped(name: string): string {
  try {
    return decodeURIComponent(name)
  } catch {
    return name
  }
}

function relativeAddress() {
  return value(
    { type: 'path', range: '~/x.svc, x.svc or dir/x.svc' },
    'a path below the application that ends in .svc or .xamlx, as ~/orders.svc or dir/orders.svc, and does not begin with / or \\',
    pathOfRelativeAddress,
  )
}

export const serviceActivations = collection(
  element(
    {
      relativeAddress: required(relativeAddress(), {
        means: 'Path of the service below the application, unique ignoring case. It needs no file.',
      }),
      service: attribute(text(), {
        default: '',
        means: 'Full name of the service, which the name of a service element equals. This or factory is needed.',
      }),
      factory: attribute(text(), { default: '', means: 'Name of what makes the service.' }),
    },
    { means: 'A service at a path.' },
  ),
  {
    means: 'Services without .svc files. A .svc file with the same path is preferred, with a notice.',
    item: 'add',
    key: ['relativeAddress'],
    remove: true,
    clear: true,
  },
)

const baseAddressPrefixFilters = collection(
  element(
    {
      prefix: required(filledText(), {
        means: 'Absolute, one for each scheme.',
        effect: 'notInForceYet',
        why: 'is not in force: services are reached by all net.tcp bindings of the site',
      }),
    },
    { means: 'The site binding that is the only one for its scheme.' },
  ),
  {
    means: 'Which of several site bindings are used. Services are reached by all of them.',
    item: 'add',
    key: ['prefix'],
    remove: true,
    clear: true,
  },
)

/** The entries that stand directly in the element: transports of Windows. */
export const transportTypeElement = element(
  {
    name: required(filledText(), { means: 'Protocol.' }),
    transportConfigurationType: required(filledText(), { means: 'The .NET type.' }),
  },
  { means: 'The .NET type that hosts a protocol. Portico hosts net.tcp by itself.', effect: 'notOnLinux' },
)

export const hostingEnvironmentElement = element(
  {
    aspNetCompatibilityEnabled: attribute(
      bool(),
      withoutEffect({
        default: 'false',
        means: 'Whether services run inside ASP.NET. On Windows endpoints over net.tcp do not open with it.',
        effect: 'notOnLinux',
        why: 'there is no ASP.NET here; on Windows no endpoint over net.tcp opens with it',
      }),
    ),
    closeIdleServicesAtLowMemory: attribute(
      bool(),
      withoutEffect({
        default: 'false',
        means: 'Whether idle services are closed when memory gets scarce.',
        effect: 'notInForceYet',
      }),
    ),
    minFreeMemoryPercentageToActivateService: attribute(uint({ max: 99 }), {
      default: '5',
      means: 'Free memory, in percent, below which no service is activated.',
      effect: 'notInForceYet',
      actsAs: '0',
    }),
    multipleSiteBindingsEnabled: attribute(bool(), {
      default: 'false',
      means: 'Whether a service has the addresses of all site bindings. Those of net.tcp it always has.',
      effect: 'noEffect',
      actsAs: 'true',
      why: 'has no effect: services are reached by all net.tcp bindings of the site',
    }),
    baseAddressPrefixFilters,
  },
  { means: 'How the services of the application are hosted.' },
)
