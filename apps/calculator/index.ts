/** The calculator of every WCF tutorial: what its client calls, without knowing that nothing here is .NET. */
import { wcf, z } from 'portico/wcf'

const numbers = { n1: z.number(), n2: z.number() }

export default wcf({
  namespace: 'http://Microsoft.ServiceModel.Samples',
  name: 'ICalculator',
  operations: {
    Add: { in: numbers, out: z.number(), run: ({ n1, n2 }) => n1 + n2 },
    Subtract: { in: numbers, out: z.number(), run: ({ n1, n2 }) => n1 - n2 },
    Multiply: { in: numbers, out: z.number(), run: ({ n1, n2 }) => n1 * n2 },
    Divide: { in: numbers, out: z.number(), run: ({ n1, n2 }) => n1 / n2 },
  },
})
