/* What the tests send. */
using System;
using System.Collections.Generic;

public static class Samples
{
    public static Order Full()
    {
        return new Order
        {
            Id = new Guid("3f2504e0-4f89-11d3-9a0c-0305e82c3301"),
            Buyer = new Customer { Name = "Ægir & <Söhne>", Home = new Address { Street = "Hafnargata 2", City = "Keflavík" } },
            State = OrderState.InTransit,
            FormerState = OrderState.New,
            Placed = new DateTime(2026, 11, 26, 18, 3, 22, 123, DateTimeKind.Utc).AddTicks(4567),
            Due = new DateTime(2026, 12, 24, 0, 0, 0, DateTimeKind.Unspecified),
            Shipped = new DateTime(2026, 11, 27, 8, 0, 0, DateTimeKind.Utc),
            Patience = new TimeSpan(3, 4, 5, 6, 789),
            Lines = new List<Line>
            {
                new Line { Article = "anchor", Quantity = 2, Price = 149.90m },
                new Line { Article = "rope, 30 m", Quantity = -1, Price = 79228162514264337593543950335m },
            },
            Remarks = new[] { "ring twice", "", null, "\u65e5\u672c \U0001F600" },
            Boxes = new List<int> { 1, -70000, int.MaxValue, int.MinValue },
            Stock = new Dictionary<string, int> { { "anchor", 12 }, { "rope", 0 } },
            Signature = new byte[] { 0, 1, 2, 253, 254, 255, 10 },
            Number = 9007199254740993,
            Weight = 0.1,
            Discount = 0.25f,
            IsGift = true,
            Coupon = "SUMMER",
        };
    }

    /* Everything that can be left out is. */
    public static Order Empty()
    {
        return new Order();
    }

    public static byte[] Bytes(int size)
    {
        var bytes = new byte[size];
        for (var n = 0; n < size; n++) bytes[n] = ByteAt(n);
        return bytes;
    }

    /* They repeat after a prime number, so that neither a gap nor a repetition of any usual size goes unseen. */
    static byte ByteAt(int n)
    {
        return (byte)(n % 251);
    }

    /* Whether all bytes are those of Bytes(size). */
    public static bool AreThose(byte[] bytes, int size)
    {
        if (bytes.Length != size) return false;
        for (var n = 0; n < size; n++) if (bytes[n] != ByteAt(n)) return false;
        return true;
    }
}
