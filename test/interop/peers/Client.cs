/*
 * A WCF client, run as: Client ADDRESS SCENARIO [ARGUMENT...]. It prints what each call returned or threw, and ends with 0
 * whatever that was: the test judges.
 */
using System;
using System.Collections.Generic;
using System.IO;
using System.ServiceModel;
using System.ServiceModel.Channels;
using System.Threading;

public static class Client
{
    static string address;

    public static int Main(string[] args)
    {
        address = args[0];
        switch (args[1])
        {
            case "once": Once(); break;
            case "calculator": Calculator(); break;
            case "calls": Calls(args[2]); break;
            case "data": Data(); break;
            case "faults": Faults(); break;
            case "one-way": OneWay(); break;
            case "large": Large(int.Parse(args[2]), int.Parse(args[3])); break;
            case "parallel": Parallel(int.Parse(args[2]), int.Parse(args[3])); break;
            case "told": WhenTold(); break;
            case "headers": Headers(); break;
            case "unknown": UnknownOperation(); break;
            case "exit": Exit(); break;
            case "duplex": Duplex(); break;
            case "streams": Streams(int.Parse(args[2])); break;
            default: Console.Error.WriteLine("no scenario is called " + args[1]); return 2;
        }
        Environment.Exit(0); // Mono's thread of a duplex channel would keep it alive
        return 0;
    }

    static ChannelFactory<T> Factory<T>(string binding)
    {
        return new ChannelFactory<T>(Bindings.Named(binding), new EndpointAddress(address));
    }

    /* Calls with a channel of its own, and closes it as clients do. */
    static void With<T>(string binding, Action<T> use)
    {
        var factory = Factory<T>(binding);
        var channel = factory.CreateChannel();
        use(channel);
        Close(channel);
        Close(factory);
    }

    static void Close(object it, int seconds = 30)
    {
        try { ((ICommunicationObject)it).Close(TimeSpan.FromSeconds(seconds)); }
        catch (CommunicationException) { ((ICommunicationObject)it).Abort(); }
        catch (TimeoutException) { ((ICommunicationObject)it).Abort(); }
    }

    static void Calculator()
    {
        With<ICalculator>("buffered", calculator =>
        {
            Told.Call("Add", () => calculator.Add(100, 15.99));
            Told.Call("Subtract", () => calculator.Subtract(145, 76.54));
            Told.Call("Multiply", () => calculator.Multiply(9, 81.25));
            Told.Call("Divide", () => calculator.Divide(22, 7));
        });
    }

    /* Creating the channel is part of the call: Mono connects then, .NET when it is used. */
    static void Once()
    {
        Told.Call("Add", () =>
        {
            var sum = 0;
            With<IOrders>("buffered", orders => sum = orders.Add(19, 23));
            return sum;
        });
    }

    /* One channel for all, so that the session remembers more names with each kind of call. */
    static void Calls(string binding)
    {
        With<IOrders>(binding, orders =>
        {
            Told.Call("Add", () => orders.Add(2, 3));
            Told.Call("Add", () => orders.Add(-2000000000, 100000));
            Told.Call("Return", () => orders.Return(Samples.Full()).Number);
            Told.Call("Return", () => orders.Return(Samples.Full()).Buyer.Name);
            Told.Call("Store", () => orders.Store(Samples.Bytes(1000)));
            Told.Call("Fetch", () => Samples.AreThose(orders.Fetch(1000), 1000));
            Told.Call("Add", () => orders.Add(40, 2));
        });
    }

    static void Data()
    {
        With<IOrders>("buffered", orders =>
        {
            Told.Call("full", () => orders.Return(Samples.Full()));
            Told.Call("empty", () => orders.Return(Samples.Empty()));
            Told.Call("null", () => orders.Return(null));
            Told.Call("described", () => orders.Describe(Samples.Full()));
        });
    }

    static void Faults()
    {
        With<IOrders>("buffered", orders =>
        {
            Told.Call("declared", () => orders.Find(new Guid("3f2504e0-4f89-11d3-9a0c-0305e82c3301")));
            Told.Call("afterwards", () => orders.Add(1, 1));
            Told.Call("unexpected", () => orders.Fail("the database password is hunter2"));
        });
    }

    static void OneWay()
    {
        With<IOrders>("buffered", orders =>
        {
            var about = Guid.NewGuid().ToString();
            for (var n = 1; n <= 3; n++) orders.Note(about, "note " + n);
            Told.Call("Notes", () => orders.Notes(about));
        });
    }

    static void Large(int up, int down)
    {
        With<IOrders>("large", orders =>
        {
            Told.Call("Store", () => orders.Store(Samples.Bytes(up)));
            Told.Call("Fetch", () => Samples.AreThose(orders.Fetch(down), down));
        });
    }

    /*
     * Tells how many calls were answered right, and each other answer. Each client has a factory of its own: channels of one and
     * the same of Mono's, opened at once, mix up the strings of their sessions.
     */
    static void Parallel(int clients, int calls)
    {
        var right = 0;
        var threads = new List<Thread>();
        for (var n = 0; n < clients; n++)
        {
            var client = n;
            var thread = new Thread(() =>
            {
                try
                {
                    With<IOrders>("buffered", orders =>
                    {
                        for (var call = 0; call < calls; call++)
                        {
                            var sum = orders.Add(client * 1000, call);
                            if (sum == client * 1000 + call) Interlocked.Increment(ref right);
                            else Told.Line("wrong", sum);
                        }
                    });
                }
                catch (Exception thrown) { Told.Call("wrong", () => { throw thrown; }); }
            });
            thread.Start();
            threads.Add(thread);
        }
        foreach (var thread in threads) thread.Join();
        Told.Line("right", right);
    }

    /* A call of one and the same channel for each line of the input; `next` opens another channel. */
    static void WhenTold()
    {
        var factory = Factory<IOrders>("buffered");
        var orders = factory.CreateChannel();
        for (string line; (line = Console.In.ReadLine()) != null;)
        {
            if (line == "next")
            {
                Close(orders);
                orders = factory.CreateChannel();
            }
            Told.Call("ServedBy", () => orders.ServedBy());
        }
        Close(orders);
        Close(factory);
    }

    static void Headers()
    {
        foreach (var mustUnderstand in new[] { false, true })
            With<IOrders>("buffered", orders =>
            {
                using (new OperationContextScope((IContextChannel)orders))
                {
                    var header = MessageHeader.CreateHeader("Tenant", "urn:tenants", "north", mustUnderstand);
                    OperationContext.Current.OutgoingMessageHeaders.Add(header);
                    Told.Call(mustUnderstand ? "mustUnderstand" : "may", () => orders.Add(1, 2));
                }
            });
    }

    static void UnknownOperation()
    {
        With<ILaterOrders>("buffered", orders =>
        {
            Told.Call("unknown", () => orders.Forecast("rope"));
            Told.Call("afterwards", () => orders.Add(1, 1));
        });
    }

    static void Exit()
    {
        With<IOrders>("buffered", orders => Told.Call("Exit", () => { orders.Exit(); return null; }));
    }

    [CallbackBehavior(ConcurrencyMode = ConcurrencyMode.Reentrant, UseSynchronizationContext = false)]
    class Watcher : IOrderWatcher
    {
        public void Changed(string article, OrderState state) { Told.Line("Changed", article + " " + state); }
        public bool Confirm(string question) { Told.Line("Confirm", question); return question.EndsWith("?"); }
    }

    static void Duplex()
    {
        var factory = new DuplexChannelFactory<IOrderEvents>(
            new InstanceContext(new Watcher()), Bindings.Named("buffered"), new EndpointAddress(address));
        var events = factory.CreateChannel();
        Told.Call("Watch", () => events.Watch("rope", 3));
        Told.Call("Watch", () => events.Watch("anchor", 1));
        Close(events, 1); // Mono's duplex channel always takes all the time that it gets
        Close(factory);
    }

    static void Streams(int size)
    {
        var content = Samples.Bytes(size);
        With<IDocuments>("streamed", them => Told.Call("Write", () => them.Write(new MemoryStream(content))));
        With<IDocuments>("streamed", them => Told.Call("Read", () => Samples.AreThose(AllOf(them.Read(size)), size)));
        With<IDocuments>("streamed", them =>
            Told.Call("Copy", () => Samples.AreThose(AllOf(them.Copy(new MemoryStream(content))), size)));
    }

    static byte[] AllOf(Stream stream)
    {
        var all = new MemoryStream();
        using (stream) stream.CopyTo(all);
        return all.ToArray();
    }
}
