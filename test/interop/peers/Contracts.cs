/* The contracts of the interop tests, as a .NET team writes them: shared by the clients and by Mono's server. */
using System;
using System.Collections.Generic;
using System.IO;
using System.Runtime.Serialization;
using System.ServiceModel;

[DataContract(Namespace = Names.Data)]
public enum OrderState
{
    [EnumMember] New,
    [EnumMember(Value = "in-transit")] InTransit,
    [EnumMember] Delivered,
}

[DataContract(Namespace = Names.Data)]
public class Address
{
    [DataMember] public string Street;
    [DataMember] public string City;
}

[DataContract(Namespace = Names.Data)]
public class Customer
{
    [DataMember(Order = 1)] public string Name;
    [DataMember(Order = 2)] public Address Home;
    [DataMember(Order = 3)] public Address Billing;
}

[DataContract(Namespace = Names.Data)]
public class Line
{
    [DataMember] public string Article;
    [DataMember] public int Quantity;
    [DataMember] public decimal Price;
}

/* Members of every kind that data contracts usually have. They go in the order of their names, as WCF sends them. */
[DataContract(Namespace = Names.Data)]
public class Order
{
    [DataMember] public Guid Id;
    [DataMember] public Customer Buyer;
    [DataMember] public OrderState State;
    [DataMember] public OrderState? FormerState;
    [DataMember] public DateTime Placed;
    [DataMember] public DateTime Due;
    [DataMember] public DateTime? Shipped;
    [DataMember] public TimeSpan Patience;
    [DataMember] public List<Line> Lines;
    [DataMember] public string[] Remarks;
    [DataMember] public List<int> Boxes;
    [DataMember] public Dictionary<string, int> Stock;
    [DataMember] public byte[] Signature;
    [DataMember] public long Number;
    [DataMember] public double Weight;
    [DataMember] public float? Discount;
    [DataMember] public bool IsGift;
    [DataMember(EmitDefaultValue = false)] public string Coupon;
}

[DataContract(Namespace = Names.Data)]
public class OrderNotFound
{
    [DataMember] public Guid Id;
    [DataMember] public string Hint;
}

[ServiceContract(Namespace = Names.Services)]
public interface IOrders
{
    [OperationContract] int Add(int a, int b);
    [OperationContract] Order Return(Order order);
    [OperationContract] string Describe(Order order);
    [OperationContract, FaultContract(typeof(OrderNotFound))] Order Find(Guid id);
    [OperationContract] string Fail(string message);
    [OperationContract(IsOneWay = true)] void Note(string about, string text);
    [OperationContract] List<string> Notes(string about);
    [OperationContract] int Store(byte[] content);
    [OperationContract] byte[] Fetch(int size);
    [OperationContract] int ServedBy();
    [OperationContract] void Exit();
}

/* What a client thinks that was generated from a later version of the service. */
[ServiceContract(Namespace = Names.Services, Name = "IOrders")]
public interface ILaterOrders
{
    [OperationContract] int Add(int a, int b);
    [OperationContract] string Forecast(string article);
}

[ServiceContract(Namespace = Names.Services, CallbackContract = typeof(IOrderWatcher), SessionMode = SessionMode.Required)]
public interface IOrderEvents
{
    [OperationContract] int Watch(string article, int changes);
}

public interface IOrderWatcher
{
    [OperationContract(IsOneWay = true)] void Changed(string article, OrderState state);
    [OperationContract] bool Confirm(string question);
}

[ServiceContract(Namespace = Names.Services)]
public interface IDocuments
{
    [OperationContract] Stream Read(int size);
    [OperationContract] int Write(Stream content);
    [OperationContract] Stream Copy(Stream content);
}

/* As in Microsoft's samples, which apps/calculator answers. */
[ServiceContract(Namespace = "http://Microsoft.ServiceModel.Samples")]
public interface ICalculator
{
    [OperationContract] double Add(double n1, double n2);
    [OperationContract] double Subtract(double n1, double n2);
    [OperationContract] double Multiply(double n1, double n2);
    [OperationContract] double Divide(double n1, double n2);
}

public static class Names
{
    public const string Services = "http://orders.example/";
    public const string Data = "http://orders.example/data";
}
