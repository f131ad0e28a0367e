/** Sites and what stands in them: bindings, applications, virtual directories, limits and the three kinds of defaults. */
import { attribute, collection, element, optional, required } from './schema.ts'
import { bool, filledText, greatestUint, matching, oneOf, protocolList, text, time, uint } from './values.ts'

/** Children of a site that configure HTTP logging, tracing and FTP on Windows. */
const foreign = {
  logFile: 'HTTP log files of Windows.',
  traceFailedRequestsLogging: 'Traces of failed HTTP requests.',
  ftpServer: 'The FTP service of Windows.',
  hsts: 'A header of HTTP answers.',
}

export const bindingElement = element(
  {
    protocol: required(matching(/^[A-Za-z][A-Za-z0-9.+-]*$/, 'a protocol name', 'a protocol name, as net.tcp'), {
      means:
        'Protocol of the binding: net.tcp is in force; http, https, net.pipe, net.msmq and msmq.formatname are checked.',
    }),
    bindingInformation: required(text(), {
      means:
        'Where the site is reached: port:host for net.tcp (808:*), address:port:host for http and https, host for the others. Host * or none takes what no other binding took, + takes everything first.',
    }),
    sslFlags: attribute(uint(), {
      default: '0',
      means: 'How https finds its certificate.',
      effect: 'notInForceYet',
      actsAs: '0',
    }),
  },
  { means: 'An address that the site is reached at. Protocol and bindingInformation together are unique in a site.' },
)

const bindings = collection(bindingElement, {
  means: 'The addresses of a site. It inherits those of siteDefaults and adds its own; clear drops the inherited ones.',
  item: 'binding',
  key: ['protocol', 'bindingInformation'],
  clear: true,
})

const limits = element(
  {
    maxBandwidth: attribute(uint({ min: 1024 }), {
      default: String(greatestUint),
      means: 'Bytes a second for the HTTP connections of the site.',
      effect: 'notInForceYet',
      actsAs: String(greatestUint),
    }),
    maxConnections: attribute(uint(), {
      default: String(greatestUint),
      means: 'HTTP connections of the site at once.',
      effect: 'notInForceYet',
      actsAs: String(greatestUint),
    }),
    connectionTimeout: attribute(time({ max: 65_535 }), {
      default: '00:02:00',
      means: 'Time after which a silent HTTP connection is closed.',
      effect: 'notInForceYet',
    }),
    maxUrlSegments: attribute(uint({ max: 16_383 }), {
      default: '32',
      means: 'Segments that the path of an HTTP request may have.',
      effect: 'notInForceYet',
    }),
  },
  { means: 'Limits of a site under HTTP; none of them touches net.tcp.' },
)

const siteSettings = {
  serverAutoStart: attribute(bool(), {
    default: 'true',
    means: 'Whether the site starts together with Portico.',
  }),
  bindings,
  limits,
}

export const siteDefaultsElement = element(siteSettings, {
  means: 'What sites have that do not say otherwise.',
  foreign,
})

export const siteElement = element(
  {
    name: required(filledText('\\/?'), { means: 'Name of the site, unique ignoring case.' }),
    id: required(uint({ min: 1 }), {
      means:
        'Number of the site, unique. The site with the lowest is the default site, which holds the applications deployed as folders.',
    }),
    ...siteSettings,
  },
  { means: 'A site: addresses, and the applications found under them.', foreign },
)

const applicationSettings = {
  applicationPool: attribute(text(), {
    default: '',
    means:
      'The pool whose worker processes run the application. Empty: as the applicationDefaults of the site say, else those of all sites, else DefaultAppPool, else the first pool.',
  }),
  enabledProtocols: optional(protocolList(), {
    default: 'http',
    means:
      'The protocols under which the application is reached, as far as the site has bindings for them. For an application deployed as a folder the default is every protocol that the site has a binding for.',
  }),
  serviceAutoStartEnabled: attribute(bool(), {
    default: 'false',
    means: 'Whether serviceAutoStartProvider is called when the worker process starts.',
    effect: 'notOnLinux',
    actsAs: 'false',
  }),
  serviceAutoStartProvider: attribute(text(), {
    default: '',
    means: '.NET type that prepares the application.',
    effect: 'notOnLinux',
    actsAs: '',
  }),
  preloadEnabled: attribute(bool(), {
    default: 'false',
    means: 'Whether the application is loaded as soon as the worker process starts, not by its first connection.',
  }),
}

export const applicationDefaultsElement = element(applicationSettings, {
  means: 'What applications have that do not say otherwise. Those of a site win over those of all sites.',
})

export const applicationElement = element(
  {
    path: required(
      matching(
        /^\/$|^(?:\/(?!\.{1,2}(?:\/|$))[^/\\?#]+)+$/,
        'starts with /, no / at the end',
        'a path that starts with / and does not end with it, of segments that are not empty, . or ..',
      ),
      {
        means:
          'Path of the application below the addresses of the site, unique in the site ignoring case. / is the root application.',
      },
    ),
    ...applicationSettings,
  },
  { means: 'An application: a path of the site, a folder and a pool.' },
)

const directorySettings = {
  physicalPath: attribute(text(), {
    default: '',
    means:
      'The folder. %NAME% stands for an environment variable of Portico; a relative path starts at the folder that holds the configuration folder. Empty: the folder under the application folder that has the name of the application.',
  }),
  userName: attribute(text(), {
    default: '',
    means: 'Account that reads the folder.',
    effect: 'notOnLinux',
    actsAs: '',
  }),
  password: attribute(text(), {
    default: '',
    means: 'Its password. Never shown.',
    effect: 'notOnLinux',
    actsAs: '',
    secret: true,
  }),
  logonMethod: attribute(oneOf(['Interactive', 'Batch', 'Network', 'ClearText']), {
    default: 'ClearText',
    means: 'How that account logs on to Windows.',
    effect: 'notOnLinux',
  }),
  allowSubDirConfig: attribute(bool(), {
    default: 'true',
    means: 'Whether configuration files in sub-folders count.',
    effect: 'notOnLinux',
  }),
}

export const virtualDirectoryDefaultsElement = element(directorySettings, {
  means:
    'What virtual directories have that do not say otherwise: of the application, else of the site, else of all sites.',
})

export const virtualDirectoryElement = element(
  {
    path: required(matching(/^\//, 'starts with /', 'a path that starts with /'), {
      means:
        'Path below the application. The one with / is the folder of the application; others are not in force yet.',
    }),
    ...directorySettings,
  },
  { means: 'A folder of an application. An application without one uses the folder that has its name.' },
)
