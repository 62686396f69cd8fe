-- The field is inserted on top; nothing is refused.
--: [m["would"] for m in r] == ["pass", "drop"]
local conn = open()
greet(conn)
if message(conn) ~= SMFIR_CONTINUE then
    error("eom: " .. names(mt.getreply(conn)))
end
if not mt.eom_check(conn, MT_HDRINSERT, "X-Fixup-Policy") then
    error("no field")
end
if mt.eom_check(conn, MT_HDRDELETE) or mt.eom_check(conn, MT_HDRCHANGE) then
    error("something else is changed")
end
if message(conn, { { "X-Fixup-Policy", "forged" }, { "X-Long", string.rep("a", 999) } }) ~=
    SMFIR_CONTINUE then
    error("eom: " .. names(mt.getreply(conn)))
end
if not mt.eom_check(conn, MT_HDRDELETE, "X-Fixup-Policy") then
    error("the forged field stays")
end
mt.disconnect(conn)
