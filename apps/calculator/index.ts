/** The calculator of every WCF tutorial: its clients can't tell that nothing here is .NET. */
import { double, wcf } from 'portico/wcf'

const numbers = { n1: double(), n2: double() }

export default wcf({
  namespace: 'http://Microsoft.ServiceModel.Samples',
  name: 'ICalculator',
  operations: {
    Add: { in: numbers, out: double(), run: ({ n1, n2 }) => n1 + n2 },
    Subtract: { in: numbers, out: double(), run: ({ n1, n2 }) => n1 - n2 },
    Multiply: { in: numbers, out: double(), run: ({ n1, n2 }) => n1 * n2 },
    Divide: { in: numbers, out: double(), run: ({ n1, n2 }) => n1 / n2 },
  },
})
