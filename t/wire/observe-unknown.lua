-- An unknown command in every state, and a client of an unknown family; nothing but go on.
--: [m["type"] for m in r] == ["message", "session"]
--: r[1]["client"]["addr"] is None
--: len([f for f in r[1]["findings"] if f["rule"] == "verb-not-allowed"]) == 2
--: len([f for f in r[0]["findings"] if f["rule"] == "verb-not-allowed"]) == 3
local conn = open()
greet(conn, "unspec")
local function unknown()
    want(mt.unknown(conn, "GOODMORNING"), conn, SMFIR_CONTINUE, "unknown")
end
unknown()
want(mt.mailfrom(conn, "<sender@example.org>"), conn, SMFIR_CONTINUE, "mail")
unknown()
want(mt.rcptto(conn, "<user@example.net>"), conn, SMFIR_CONTINUE, "rcpt")
unknown()
want(mt.rcptto(conn, "<other@example.net>"), conn, SMFIR_CONTINUE, "rcpt")
unknown()
want(mt.abort(conn), conn, nil, "abort")
unknown()
mt.disconnect(conn)
