/** The first endpoint's rule: on one transport the first endpoint's binding settings are in force, and later ones must equal them. */
import { humanDuration } from '#base/duration.ts'
import { type BindingProperty, type BindingSettings, bindingProperties, bindingTimes } from './settings.ts'

/** The settings of an endpoint, and where they come from. */
export interface EndpointSettings {
  /** Names the endpoint, as `net.tcp://localhost:808/orders/orders.svc of service Orders`. */
  readonly endpoint: string
  readonly settings: BindingSettings
  /** Where each property was set, as `web.config:12`; what is missing has its default. */
  readonly setAt: { readonly [P in BindingProperty]?: string | undefined }
}

/** A property in which two endpoints differ: values as text, and where each was set. */
export interface Difference {
  readonly property: BindingProperty
  readonly inForce: string
  readonly inForceSetAt: string
  readonly asked: string
  readonly askedSetAt: string
}

/** What becomes of an endpoint that joins those of a transport. */
export type Joining =
  | { readonly is: 'first'; readonly inForce: EndpointSettings }
  | { readonly is: 'same'; readonly inForce: EndpointSettings }
  | { readonly is: 'differs'; readonly inForce: EndpointSettings; readonly differences: readonly Difference[] }

/** Lets an endpoint join: the first one's settings are in force from then on, whatever becomes of it. */
export function join(inForce: EndpointSettings | undefined, asked: EndpointSettings): Joining {
  if (!inForce) return { is: 'first', inForce: asked }
  const differences = bindingProperties.flatMap((property) => differenceIn(property, inForce, asked))
  return differences.length === 0 ? { is: 'same', inForce } : { is: 'differs', inForce, differences }
}

function differenceIn(property: BindingProperty, inForce: EndpointSettings, asked: EndpointSettings): Difference[] {
  if (inForce.settings[property] === asked.settings[property]) return []
  return [
    {
      property,
      inForce: settingText(property, inForce.settings[property]),
      inForceSetAt: inForce.setAt[property] ?? 'by default',
      asked: settingText(property, asked.settings[property]),
      askedSetAt: asked.setAt[property] ?? 'by default',
    },
  ]
}

/** A value as a person reads it. */
export function settingText(property: BindingProperty, value: number): string {
  return bindingTimes.has(property) ? humanDuration(value) : String(value)
}

/** The difference in words: `maxPendingConnections is 24 (by default) and would be 10 (web.config:12)`. */
export function differenceText({ property, inForce, inForceSetAt, asked, askedSetAt }: Difference): string {
  return `${property} is ${inForce} (${inForceSetAt}) and would be ${asked} (${askedSetAt})`
}
