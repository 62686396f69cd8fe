-- An ordinary session of two messages is let pass, and leaves a record for each.
--: len(r) == 2
--: all(m["type"] == "message" and m["ended"] == "eom" and m["verdict"] == "pass" for m in r)
--: r[0]["session"] == r[1]["session"] and [m["message"] for m in r] == [1, 2]
local conn = open()
greet(conn)
for n = 1, 2 do
    if message(conn) ~= SMFIR_CONTINUE then
        error("message " .. n .. ": " .. names(mt.getreply(conn)))
    end
    if mt.eom_check(conn, MT_HDRINSERT) or mt.eom_check(conn, MT_HDRADD) then
        error("observe changes the message")
    end
end
mt.disconnect(conn)
