/* What a program tells the test: a JSON object a line. */
using System;
using System.Collections;
using System.Collections.Generic;
using System.Globalization;
using System.Reflection;
using System.ServiceModel;
using System.Text;

public static class Told
{
    static readonly object turn = new object();

    public static void Line(string what, object value)
    {
        var line = "{\"" + what + "\":" + Json(value) + "}";
        lock (turn) { Console.Out.WriteLine(line); Console.Out.Flush(); }
    }

    /* Tells what a call returned, or what it threw. */
    public static void Call(string what, Func<object> call)
    {
        object value;
        try { value = call(); }
        catch (Exception thrown) { value = Thrown(thrown); }
        Line(what, value);
    }

    static Dictionary<string, object> Thrown(Exception thrown)
    {
        var told = new Dictionary<string, object> { { "threw", NameOf(thrown.GetType()) }, { "message", thrown.Message } };
        var fault = thrown as FaultException;
        if (fault != null)
        {
            told["action"] = fault.Action;
            told["code"] = fault.Code.Name;
            told["subCode"] = fault.Code.SubCode == null ? null : fault.Code.SubCode.Name;
            var detail = fault.GetType().GetProperty("Detail");
            if (detail != null) told["detail"] = detail.GetValue(fault, null);
        }
        return told;
    }

    static string NameOf(Type type)
    {
        if (!type.IsGenericType) return type.Name;
        return type.Name.Split('`')[0] + "<" + NameOf(type.GetGenericArguments()[0]) + ">";
    }

    static string Json(object value)
    {
        if (value == null) return "null";
        if (value is bool) return (bool)value ? "true" : "false";
        if (value is int) return value.ToString();
        if (value is double || value is float) return ((IFormattable)value).ToString("R", CultureInfo.InvariantCulture);
        if (value is byte[]) return Quoted(Convert.ToBase64String((byte[])value));
        if (value is DateTime) return Quoted(((DateTime)value).ToString("O") + " " + ((DateTime)value).Kind);
        if (value is string || value is Guid || value is TimeSpan || value is Enum || value is long || value is decimal)
            return Quoted(Convert.ToString(value, CultureInfo.InvariantCulture));
        if (value is IDictionary) return Object(Entries((IDictionary)value));
        if (value is IEnumerable) return List((IEnumerable)value);
        return Object(Fields(value));
    }

    static IEnumerable<KeyValuePair<string, object>> Entries(IDictionary entries)
    {
        foreach (DictionaryEntry each in entries) yield return new KeyValuePair<string, object>(each.Key.ToString(), each.Value);
    }

    static IEnumerable<KeyValuePair<string, object>> Fields(object value)
    {
        foreach (var field in value.GetType().GetFields(BindingFlags.Public | BindingFlags.Instance))
            yield return new KeyValuePair<string, object>(field.Name, field.GetValue(value));
    }

    static string Object(IEnumerable<KeyValuePair<string, object>> members)
    {
        var parts = new List<string>();
        foreach (var member in members) parts.Add(Quoted(member.Key) + ":" + Json(member.Value));
        return "{" + string.Join(",", parts) + "}";
    }

    static string List(IEnumerable items)
    {
        var parts = new List<string>();
        foreach (var item in items) parts.Add(Json(item));
        return "[" + string.Join(",", parts) + "]";
    }

    static string Quoted(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (var character in text)
        {
            if (character == '"' || character == '\\') quoted.Append('\\').Append(character);
            else if (character < ' ') quoted.AppendFormat("\\u{0:x4}", (int)character);
            else quoted.Append(character);
        }
        return quoted.Append('"').ToString();
    }
}
