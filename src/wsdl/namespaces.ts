/** The namespaces of WSDL 1.1 and of what WCF writes into it. */
export const wsdl = 'http://schemas.xmlsoap.org/wsdl/'
export const soapBindings: readonly string[] = [
  'http://schemas.xmlsoap.org/wsdl/soap/',
  'http://schemas.xmlsoap.org/wsdl/soap12/',
]
/** Of the attribute Action: of the standard, and of its draft, which WCF writes mostly. */
export const addressing: readonly string[] = [
  'http://www.w3.org/2007/05/addressing/metadata',
  'http://www.w3.org/2006/05/addressing/wsdl',
]
/** Of streams and untyped messages. */
export const message = 'http://schemas.microsoft.com/Message'
/** Of the contract through which WCF publishes metadata: nobody's own service. */
export const metadataExchange = 'http://schemas.microsoft.com/2006/04/mex'
