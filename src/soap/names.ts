/** The names of SOAP 1.2 and WS-Addressing 1.0, as the static dictionary of binary XML has them. */
import { dictionaryString } from '#encoding/dictionary-string.ts'

export const soap = {
  namespace: dictionaryString('http://www.w3.org/2003/05/soap-envelope'),
  prefix: 's',
  envelope: dictionaryString('Envelope'),
  header: dictionaryString('Header'),
  body: dictionaryString('Body'),
  mustUnderstand: dictionaryString('mustUnderstand'),
  fault: dictionaryString('Fault'),
  code: dictionaryString('Code'),
  subcode: dictionaryString('Subcode'),
  value: dictionaryString('Value'),
  reason: dictionaryString('Reason'),
  text: dictionaryString('Text'),
  detail: dictionaryString('Detail'),
  notUnderstood: dictionaryString('NotUnderstood'),
} as const

export const addressing = {
  namespace: dictionaryString('http://www.w3.org/2005/08/addressing'),
  prefix: 'a',
  action: dictionaryString('Action'),
  messageId: dictionaryString('MessageID'),
  relatesTo: dictionaryString('RelatesTo'),
  replyTo: dictionaryString('ReplyTo'),
  to: dictionaryString('To'),
  address: dictionaryString('Address'),
  /** The other end of the connection, whoever it is. */
  anonymous: dictionaryString('http://www.w3.org/2005/08/addressing/anonymous'),
  /** The action of faults that addressing itself defines. */
  faultAction: dictionaryString('http://www.w3.org/2005/08/addressing/fault'),
  /** The action of other faults that have none of their own. */
  soapFaultAction: dictionaryString('http://www.w3.org/2005/08/addressing/soap/fault'),
} as const

/** What WCF's dispatcher says of its own. */
export const dispatcher = {
  namespace: 'http://schemas.microsoft.com/net/2005/12/windowscommunicationfoundation/dispatcher',
  faultAction: dictionaryString(
    'http://schemas.microsoft.com/net/2005/12/windowscommunicationfoundation/dispatcher/fault',
  ),
} as const
