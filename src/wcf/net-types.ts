/** Types of .NET that zod has no word for, as schemas. */
import { z } from 'zod'
import { register } from './contract-info.ts'
import { type DateTime, isDateTime } from './date-kind.ts'
import { isDecimal } from './number-types.ts'

const whole = (min: number, max: number) => z.int().min(min).max(max)

/** short: a whole number of 16 bits. */
export const short = () => register(whole(-0x8000, 0x7fff), { simple: 'short' })
/** ushort: one of 16 bits without a sign. */
export const ushort = () => register(whole(0, 0xffff), { simple: 'ushort' })
/** byte: 0 to 255. */
export const byte = () => register(whole(0, 0xff), { simple: 'byte' })
/** sbyte: -128 to 127. */
export const sbyte = () => register(whole(-0x80, 0x7f), { simple: 'sbyte' })
/** double with all its values: `z.number()` has neither NaN nor infinities. */
export const double = () => register(z.custom<number>(isNumber), { simple: 'double' })
/** float with all its values: `z.float32()` has neither NaN nor infinities. */
export const float = () => register(z.custom<number>(isNumber), { simple: 'float' })
/** decimal: an exact number as a string, which keeps its zeros: `'12.50'`. */
export const decimal = () => register(z.string().refine(isDecimal, 'not a decimal'), { simple: 'decimal' })
/** char: a string of one UTF-16 unit. */
export const char = () => register(z.string().length(1), { simple: 'char' })
/** Uri, also a relative one, which `z.url()` isn't. */
export const uri = () => register(z.string(), { simple: 'uri' })
/** byte[]: as `z.instanceof(Uint8Array)`. */
export const bytes = () => register(z.instanceof(Uint8Array), { simple: 'bytes' })
/** DateTime to the tick, with its kind; `z.date()` has milliseconds. */
export const dateTime = () => register(z.custom<DateTime>(isDateTime), { simple: 'dateTime' })
/** TimeSpan in milliseconds. */
export const duration = () => register(z.number(), { simple: 'duration' })
/** TimeSpan in ticks of 100 ns. */
export const timeSpan = () => register(z.int64(), { simple: 'timeSpan' })

function isNumber(value: unknown): boolean {
  return typeof value === 'number'
}
