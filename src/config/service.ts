/** The schema of `<services>`: a service, its endpoints and its host. */
import { attribute, collection, element, required } from './schema.ts'
import { anyTime, withoutEffect } from './transport-attributes.ts'
import { bool, filledText, oneOf, text } from './values.ts'

const ofDescription = {
  effect: 'notInForceYet',
  why: 'is not in force: Portico publishes no description of services',
} as const

const behaviorConfiguration = attribute(
  text(),
  withoutEffect({
    default: '',
    means: 'Name of a behavior in behaviors.',
    effect: 'notInForceYet',
    why: 'is not in force: Portico knows no behaviors',
  }),
)

export const endpointElement = element(
  {
    address: attribute(text(), {
      default: '',
      means:
        'Relative to the base address, which comes from the site binding, the application and the .svc file; leading / and \\ are dropped. Or absolute, below the application.',
    }),
    binding: attribute(text(), {
      default: '',
      means:
        'netTcpBinding, mexTcpBinding or a customBinding with tcpTransport. Endpoints with another binding are left out. Needed unless kind names a standard endpoint.',
    }),
    bindingConfiguration: attribute(text(), {
      default: '',
      means: 'Name of the binding’s configuration; upper and lower case differ. Empty: the one without a name.',
    }),
    contract: attribute(text(), {
      default: '',
      means: 'Name of the contract. Needed unless kind names a standard endpoint.',
    }),
    name: attribute(text(), { default: '', means: 'Name of the endpoint.' }),
    listenUri: attribute(text(), { default: '', means: 'Where the endpoint listens, when that is not its address.' }),
    listenUriMode: attribute(oneOf(['Explicit', 'Unique']), {
      default: 'Explicit',
      means:
        'Explicit listens where it is written. Unique makes an address up that clients find out from descriptions; as Portico publishes none, it is refused.',
    }),
    kind: attribute(text(), {
      default: '',
      means: 'Name of a standard endpoint, as mexEndpoint; without a binding it is one over HTTP and left out.',
    }),
    behaviorConfiguration,
    bindingName: attribute(
      text(),
      withoutEffect({ default: '', means: 'Name of the binding in descriptions.', ...ofDescription }),
    ),
    bindingNamespace: attribute(
      text(),
      withoutEffect({ default: '', means: 'Namespace of the binding in descriptions.', ...ofDescription }),
    ),
    endpointConfiguration: attribute(
      text(),
      withoutEffect({
        default: '',
        means: 'Name of a configuration of the standard endpoint.',
        effect: 'notInForceYet',
      }),
    ),
    isSystemEndpoint: attribute(
      bool(),
      withoutEffect({
        default: 'false',
        means: 'Whether it is one of the infrastructure.',
        effect: 'notInForceYet',
      }),
    ),
  },
  {
    means:
      'An endpoint of the service. Its child identity is accepted and not read, as only clients use it; so is headers, with a notice.',
  },
)

const baseAddress = element(
  {
    baseAddress: required(filledText(), {
      means: 'Absolute, one for each scheme, without user info, query and fragment.',
    }),
  },
  { means: 'A base address.' },
)

export const hostElement = element(
  {
    baseAddresses: collection(baseAddress, {
      means:
        'Base addresses of a service that runs on its own: checked and not used, as those of activated services come from the site bindings.',
      item: 'add',
      key: ['baseAddress'],
      remove: true,
      clear: true,
    }),
    timeouts: element(
      {
        closeTimeout: attribute(
          anyTime(),
          withoutEffect({ default: '00:00:10', means: 'Time for closing the service.', effect: 'notInForceYet' }),
        ),
        openTimeout: attribute(
          anyTime(),
          withoutEffect({ default: '00:01:00', means: 'Time for opening it.', effect: 'notInForceYet' }),
        ),
      },
      { means: 'Times of the service. shutdownTimeLimit and startupTimeLimit of the pool are in force.' },
    ),
  },
  { means: 'What a service says of its host.' },
)

export const services = collection(
  element(
    {
      name: required(filledText(), {
        means:
          'Full name of the service, as the Service attribute of the .svc file or service of its activation has it; upper and lower case differ.',
      }),
      behaviorConfiguration,
    },
    {
      means:
        'A service. Without an endpoint it has one at its base address, over netTcpBinding with the configuration that has no name.',
    },
  ),
  {
    means: 'The services of the application.',
    item: 'service',
    key: ['name'],
    caseSensitive: true,
    remove: true,
    clear: true,
  },
)
