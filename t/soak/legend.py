"""legend.py - what the words of the soak's table mean."""

# What became of one attempt, as its client knows it.
TOLD = {
    "accepted": "250 after the final dot",
    "refused": "5xx, to whatever part of it",
    "deferred": "4xx",
    "dropped": "421, and the connection closed",
    "reset": "given up by RSET",
    "gone": "the client went before the final dot",
    "unsure": "the client did not wait for the answer to the final dot",
}

# Which kinds of mail there are; a mail of another kind is a fault of the soak (Ledger.new).
KINDS = {
    "after-reset": "sent in the session in which one before was given up by RSET",
    "chunked": "BDAT, in two chunks",
    "copies": "the same message twice, as its sender never heard of the first answer",
    "drips": "a few octets a second, to the end or not",
    "drops": "gone after DATA, in the header, the body or before the final dot",
    "drops-envelope": "gone after MAIL or RCPT",
    "enforced": "through enforce, which refuses some",
    "filtered": "each command past the command filter",
    "half-closed": "nothing more to send, but listening",
    "held": "every second answer comes a second later",
    "leaves": "the whole message, and not a moment for the answer",
    "limited": "more recipients than simulate.recipients allows; those that got 452 come again",
    "local": "by sendmail(1) on the host",
    "observed": "through observe; nothing is refused but for want of a log",
    "pipelined": "MAIL, RCPT and DATA in one packet",
    "reset": "given up by RSET",
    "tagged": "through tag",
    "tls": "over TLS",
    "too-many": "more recipients than Postfix allows",
    "wire": "any octets, to the milter's own socket: nothing is delivered",
}
# What is counted of a kind.
COLUMNS = {
    "mails": "with a sender of their own each",
    "tries": "attempts to send them: what was deferred is tried again, copies are sent twice",
    **{name: "tries: " + what for name, what in TOLD.items()},
    "records": "records of type message; Postfix itself tries those of `local` again, which adds to them",
    "taken": "of these, with verdict pass or flag, at the end of the message",
    "recipients": "accepted ones, in these",
    "delivered": "what Postfix delivered, which is all of these but those of `wire`",
}


def lines():
    for head, words in (("columns", COLUMNS), ("kinds", KINDS)):
        yield head
        for word, what in words.items():
            yield f"  {word:16}{what}"
