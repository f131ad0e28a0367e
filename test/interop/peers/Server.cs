/*
 * The same services by Mono, run as: Server ADDRESS PORT PORT PORT, the base address that clients call and where it listens:
 * Mono needs a port for each endpoint. It prints `ready`, and ends when its input does.
 */
using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Net.Sockets;
using System.Reflection;
using System.ServiceModel;
using System.ServiceModel.Channels;
using System.ServiceModel.Description;
using System.ServiceModel.Dispatcher;
using System.Threading;

[ServiceBehavior(InstanceContextMode = InstanceContextMode.Single, ConcurrencyMode = ConcurrencyMode.Multiple)]
class OrdersService : IOrders
{
    readonly Dictionary<string, List<string>> notes = new Dictionary<string, List<string>>();

    public int Add(int a, int b) { return a + b; }
    public Order Return(Order order) { return order; }
    public string Describe(Order order) { return order.Number.ToString(); }
    public string Fail(string message) { throw new InvalidOperationException(message); }
    public int Store(byte[] content) { return Samples.AreThose(content, content.Length) ? content.Length : -1; }
    public byte[] Fetch(int size) { return Samples.Bytes(size); }
    public int ServedBy() { return Process.GetCurrentProcess().Id; }
    public void Exit() { Environment.Exit(3); }

    public Order Find(Guid id)
    {
        var detail = new OrderNotFound { Id = id, Hint = "it was never placed" };
        throw new FaultException<OrderNotFound>(detail, new FaultReason("no such order"), new FaultCode("Sender"));
    }

    public void Note(string about, string text)
    {
        lock (notes) ListOf(about).Add(text);
    }

    public List<string> Notes(string about)
    {
        lock (notes) return ListOf(about);
    }

    List<string> ListOf(string about)
    {
        if (!notes.ContainsKey(about)) notes[about] = new List<string>();
        return notes[about];
    }
}

[ServiceBehavior(ConcurrencyMode = ConcurrencyMode.Reentrant)]
class OrderEventsService : IOrderEvents
{
    public int Watch(string article, int changes)
    {
        var watcher = OperationContext.Current.GetCallbackChannel<IOrderWatcher>();
        for (var n = 0; n < changes; n++) watcher.Changed(article, OrderState.InTransit);
        return watcher.Confirm("is " + article + " all right?") ? changes : -1;
    }
}

class DocumentsService : IDocuments
{
    public Stream Read(int size) { return new MemoryStream(Samples.Bytes(size)); }
    public Stream Copy(Stream content) { return new MemoryStream(AllOf(content)); }

    public int Write(Stream content)
    {
        var all = AllOf(content);
        return Samples.AreThose(all, all.Length) ? all.Length : -1;
    }

    static byte[] AllOf(Stream stream)
    {
        var all = new MemoryStream();
        stream.CopyTo(all);
        return all.ToArray();
    }
}

public static class Server
{
    public static void Main(string[] args)
    {
        var hosts = new[]
        {
            Open(typeof(IOrders), typeof(OrdersService), "buffered", args[0] + "/orders", args[1]),
            Open(typeof(IOrderEvents), typeof(OrderEventsService), "buffered", args[0] + "/events", args[2]),
            Open(typeof(IDocuments), typeof(DocumentsService), "streamed", args[0] + "/documents", args[3]),
        };
        new Thread(() => WakeAcceptors(hosts)) { IsBackground = true }.Start();
        Told.Line("ready", true);
        Console.In.ReadToEnd();
        foreach (var host in hosts) host.Abort();
        Environment.Exit(0);
    }

    static ServiceHost Open(Type contract, Type service, string binding, string address, string port)
    {
        var host = new ServiceHost(service);
        host.Description.Behaviors.Add(new ServiceThrottlingBehavior
        {
            MaxConcurrentCalls = 100, MaxConcurrentSessions = 100, MaxConcurrentInstances = 100,
        });
        host.AddServiceEndpoint(contract, Bindings.Named(binding), address, new Uri("net.tcp://127.0.0.1:" + port + "/"));
        host.Open();
        ForgetChannels(host);
        return host;
    }

    /*
     * Two races lose clients for ever in Mono's TcpChannelListener, on a busy machine often. It looks through the channels
     * that it has accepted, for no use of ours, and throws when one is just being closed: so it gets a list that stays empty.
     */
    static void ForgetChannels(ServiceHost host)
    {
        foreach (var listener in ListenersOf(host))
        {
            var forgetful = typeof(Forgetful<>).MakeGenericType(listener.GetType().GetGenericArguments());
            FieldOf(listener, "accepted_channels").SetValue(listener, Activator.CreateInstance(forgetful));
        }
    }

    class Forgetful<T> : SynchronizedCollection<T>
    {
        protected override void InsertItem(int index, T item) { }
    }

    /* And it looks whether a client is there, and only then makes what a new one wakes it by: so we look once more. */
    static void WakeAcceptors(ServiceHost[] hosts)
    {
        for (;; Thread.Sleep(50))
        {
            foreach (var host in hosts)
            foreach (var listener in ListenersOf(host))
            {
                if (((Queue<TcpClient>)FieldOf(listener, "accepted_clients").GetValue(listener)).Count == 0) continue;
                var acceptors = (SynchronizedCollection<ManualResetEvent>)FieldOf(listener, "accept_handles").GetValue(listener);
                foreach (var acceptor in new List<ManualResetEvent>(acceptors)) acceptor.Set();
            }
        }
    }

    static IEnumerable<object> ListenersOf(ServiceHost host)
    {
        foreach (ChannelDispatcher dispatcher in host.ChannelDispatchers)
            yield return FieldOf(dispatcher.Listener, "inner_listener").GetValue(dispatcher.Listener);
    }

    static FieldInfo FieldOf(object of, string name)
    {
        return of.GetType().GetField(name, BindingFlags.Instance | BindingFlags.NonPublic);
    }
}
