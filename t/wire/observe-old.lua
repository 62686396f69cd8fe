-- A protocol of old: version 2, no macros to ask for, replies everywhere.
--: len(r) == 1 and r[0]["verdict"] == "pass"
--: "tls" not in r[0] and "auth" not in r[0]
local conn = open(2, 0x3F, 0x7F)
greet(conn)
want(mt.mailfrom(conn, "<sender@example.org>"), conn, SMFIR_CONTINUE, "mail")
want(mt.rcptto(conn, "<user@example.net>"), conn, SMFIR_CONTINUE, "rcpt")
want(mt.header(conn, "Subject", "x"), conn, SMFIR_CONTINUE, "header")
want(mt.eoh(conn), conn, SMFIR_CONTINUE, "eoh")
want(mt.bodystring(conn, "text\r\n"), conn, SMFIR_CONTINUE, "body")
want(mt.eom(conn), conn, SMFIR_CONTINUE, "eom")
mt.disconnect(conn)
