import fc from 'fast-check'
import { expect, test } from 'vitest'
import { printable, printableLines } from '#base/printable.ts'

test('what a terminal would obey is written out', () => {
  expect(printable('a\u001b[2J\u009b1m\r\nb\u202e\u2028\ud800\u0000\u007f')).toBe(
    'a\\u{1b}[2J\\u{9b}1m\\u{d}\\u{a}b\\u{202e}\\u{2028}\\u{d800}\\u{0}\\u{7f}',
  )
})

test('letters of every language and whole pairs of surrogates stay', () => {
  const text = 'straße 注文 заказ 🚢 \\u{1b}'
  expect(printable(text)).toBe(text)
})

test('a text of several lines keeps them, and its tabs', () => {
  expect(printableLines('Error: no\r\n\tat b\u001b')).toBe('Error: no\\u{d}\n\tat b\\u{1b}')
})

test('nothing that is printed has more than one line, whatever it was', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(printable(text)).not.toMatch(/[\p{Cc}\p{Cs}\p{Bidi_Control}\u2028\u2029]/u)
    }),
  )
})
