/* The bindings of the interop tests: the ones that administrators have in their files, with quotas for large messages. */
using System;
using System.ServiceModel;
using System.ServiceModel.Channels;
using System.Xml;

public static class Bindings
{
    const int Most = 64 * 1024 * 1024;
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public static Binding Named(string name)
    {
        switch (name)
        {
            case "buffered": return Patient(NetTcp(TransferMode.Buffered));
            case "large": return Patient(Wide(NetTcp(TransferMode.Buffered)));
            case "streamed": return Patient(Wide(NetTcp(TransferMode.Streamed)));
            case "text": return Patient(Custom(new TextMessageEncodingBindingElement { ReaderQuotas = Quotas() }));
            case "binary": return Patient(Custom(new BinaryMessageEncodingBindingElement { ReaderQuotas = Quotas() }));
            default: throw new ArgumentException("no binding is called " + name);
        }
    }

    static Binding NetTcp(TransferMode mode)
    {
        return new NetTcpBinding(SecurityMode.None)
        {
            TransferMode = mode,
            MaxReceivedMessageSize = Most,
            MaxBufferSize = mode == TransferMode.Buffered ? Most : 65536,
            ReaderQuotas = Quotas(),
        };
    }

    /*
     * The same with a wide buffer. .NET's own of 8 KiB is narrower than a segment of Linux' loopback interface, whose sender
     * then waits 200 ms for each 16 KiB: a megabyte would take 13 s, whoever the server is.
     */
    static Binding Wide(Binding binding)
    {
        var wide = new CustomBinding(binding);
        wide.Elements.Find<TcpTransportBindingElement>().ConnectionBufferSize = 1024 * 1024;
        return wide;
    }

    static Binding Custom(MessageEncodingBindingElement encoding)
    {
        return new CustomBinding(encoding, new TcpTransportBindingElement { MaxReceivedMessageSize = Most, MaxBufferSize = Most });
    }

    static Binding Patient(Binding binding)
    {
        binding.OpenTimeout = binding.CloseTimeout = binding.SendTimeout = binding.ReceiveTimeout = Patience;
        return binding;
    }

    static XmlDictionaryReaderQuotas Quotas()
    {
        return new XmlDictionaryReaderQuotas
        {
            MaxDepth = 32,
            MaxArrayLength = Most,
            MaxStringContentLength = Most,
            MaxBytesPerRead = 4096,
            MaxNameTableCharCount = 16384,
        };
    }
}
