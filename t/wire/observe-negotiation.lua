-- What is asked of the MTA: replies are given up only where the end of message can answer.
--: len(r) == 0
local conn = open()
for _, name in ipairs({ "NR_HDR", "NR_EOH", "NR_BODY", "RCPT_REJ", "HDR_LEADSPC" }) do
    if not mt.test_option(conn, _G["SMFIP_" .. name]) then
        error(name .. " is not asked for")
    end
end
for _, name in ipairs({ "NR_CONN", "NR_HELO", "NR_MAIL", "NR_RCPT", "NR_DATA", "NR_UNKN", "NOCONNECT",
                        "NOHELO", "NOMAIL", "NORCPT", "NODATA", "NOHDRS", "NOEOH", "NOBODY",
                        "NOUNKNOWN", "SKIP" }) do
    if mt.test_option(conn, _G["SMFIP_" .. name]) then
        error(name .. " is asked for")
    end
end
for _, name in ipairs({ "ADDHDRS", "CHGHDRS", "DELRCPT", "SETSYMLIST" }) do
    if not mt.test_action(conn, _G["SMFIF_" .. name]) then
        error(name .. " is not asked for")
    end
end
for _, name in ipairs({ "CHGBODY", "ADDRCPT", "QUARANTINE", "CHGFROM" }) do
    if mt.test_action(conn, _G["SMFIF_" .. name]) then
        error(name .. " is asked for")
    end
end
mt.disconnect(conn, false)
