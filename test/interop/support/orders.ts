/** What the clients tell of the orders that they send, once they have them back. */

/** Samples.Full() */
export const fullOrder = {
  Id: '3f2504e0-4f89-11d3-9a0c-0305e82c3301',
  Buyer: { Name: 'Ægir & <Söhne>', Home: { Street: 'Hafnargata 2', City: 'Keflavík' }, Billing: null },
  State: 'InTransit',
  FormerState: 'New',
  Placed: '2026-11-26T18:03:22.1234567Z Utc',
  Due: '2026-12-24T00:00:00.0000000 Unspecified',
  Shipped: '2026-11-27T08:00:00.0000000Z Utc',
  Patience: '3.04:05:06.7890000',
  Lines: [
    { Article: 'anchor', Quantity: 2, Price: '149.90' },
    { Article: 'rope, 30 m', Quantity: -1, Price: '79228162514264337593543950335' },
  ],
  Remarks: ['ring twice', '', null, '日本 😀'],
  Boxes: [1, -70000, 2147483647, -2147483648],
  Stock: { anchor: 12, rope: 0 },
  Signature: 'AAEC/f7/Cg==',
  Number: '9007199254740993',
  Weight: 0.1,
  Discount: 0.25,
  IsGift: true,
  Coupon: 'SUMMER',
}

/** Samples.Empty() */
export const emptyOrder = {
  Id: '00000000-0000-0000-0000-000000000000',
  Buyer: null,
  State: 'New',
  FormerState: null,
  Placed: '0001-01-01T00:00:00.0000000 Unspecified',
  Due: '0001-01-01T00:00:00.0000000 Unspecified',
  Shipped: null,
  Patience: '00:00:00',
  Lines: null,
  Remarks: null,
  Boxes: null,
  Stock: null,
  Signature: null,
  Number: '0',
  Weight: 0,
  Discount: null,
  IsGift: false,
  Coupon: null,
}

/** What they tell of the scenario `calls`. */
export const severalCalls = [
  { Add: 5 },
  { Add: -1999900000 },
  { Return: '9007199254740993' },
  { Return: 'Ægir & <Söhne>' },
  { Store: 1000 },
  { Fetch: true },
  { Add: 42 },
]
