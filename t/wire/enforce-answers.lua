-- Refused where it is found, with an answer of our own; header and body at the end.
--: [m["verdict"] for m in r] == ["reject", "drop", "pass"]
local conn = open()
greet(conn)
want(mt.mailfrom(conn, "<sender@example.org>", "MT-PRIORITY=3"), conn, SMFIR_REPLYCODE, "mail")
mt.disconnect(conn)

conn = open()
greet(conn)
if message(conn, { { "X-Long", string.rep("a", 999) } }) ~= SMFIR_REPLYCODE then
    error("a header line too long: " .. names(mt.getreply(conn)))
end
mt.disconnect(conn)

conn = open()
greet(conn)
if message(conn) ~= SMFIR_CONTINUE then
    error("a clean message: " .. names(mt.getreply(conn)))
end
mt.disconnect(conn)
