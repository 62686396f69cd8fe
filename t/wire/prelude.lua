-- prelude: what every script starts from; run.sh sets `socket`.

function names(reply)
    return reply == 0 and "none" or string.char(math.floor(reply))
end

-- A connection, negotiated as a modern MTA does unless told otherwise.
function open(version, actions, steps)
    local conn = mt.connect(socket, 40, 0.05)
    if conn == nil then
        error("cannot connect to " .. socket, 2)
    end
    local fault = mt.negotiate(conn, version, actions, steps)
    if fault ~= nil then
        error("negotiation: " .. fault, 2)
    end
    return conn
end

-- The step went well, and the filter's last reply is the one wanted.
function want(fault, conn, reply, what)
    if fault ~= nil then
        error(what .. ": " .. fault, 2)
    end
    if reply ~= nil and mt.getreply(conn) ~= reply then
        error(what .. ": reply " .. names(mt.getreply(conn)) .. ", not " .. names(reply), 2)
    end
end

function greet(conn, address)
    want(mt.conninfo(conn, "mail.example.org", address or "192.0.2.1"), conn, SMFIR_CONTINUE,
         "connect")
    want(mt.helo(conn, "mail.example.org"), conn, SMFIR_CONTINUE, "helo")
end

-- One message; returns the filter's last word.
function message(conn, fields, body)
    want(mt.mailfrom(conn, "<sender@example.org>"), conn, SMFIR_CONTINUE, "mail")
    want(mt.rcptto(conn, "<user@example.net>"), conn, SMFIR_CONTINUE, "rcpt")
    want(mt.data(conn), conn, nil, "data")
    for _, field in ipairs(fields or { { "Subject", "x" } }) do
        want(mt.header(conn, field[1], field[2]), conn, nil, "header")
    end
    want(mt.eoh(conn), conn, nil, "eoh")
    want(mt.bodystring(conn, body or "text\r\n"), conn, nil, "body")
    want(mt.eom(conn), conn, nil, "eom")
    return mt.getreply(conn)
end
