"""versions.py - what the tests expect of Postfix, by the version that it says (postconf -d
mail_version), and of Sendmail. This is the one table of it: no test asks for a version.

    unknown_text    our 5xx text for an unknown command reaches the client. Later versions say "500
                    5.5.2 Error: command not recognized" whatever we answer, but for 4xx.
    unknown_line    a milter is given an unknown command's whole line, with the blanks around it;
                    of earlier versions the first word
    help            HELP is answered; earlier it is an unknown command
    talks_early     a client may send before it has the answer that it has to wait for; later
                    554 5.5.0 ends such a session (smtpd_forbid_unauth_pipelining)
    lf_ends_data    a dot between bare line feeds ends a message; later it is a line of the
                    message (smtpd_forbid_bare_newline)

The versions are those of Postfix's HISTORY: 20230603, 20240110 and 20240124 for 3.9, "20230310"
(between 20240309 and 20240402) for 3.10.
"""
from types import SimpleNamespace

HISTORY = (
    ((2, 3), {"unknown_text": True, "unknown_line": False, "help": False, "talks_early": True,
              "lf_ends_data": True}),
    ((3, 9), {"help": True, "talks_early": False, "lf_ends_data": False}),
    ((3, 10), {"unknown_text": False, "unknown_line": True}),
)

SENDMAIL = SimpleNamespace(unknown_text=True, unknown_line=True, help=True)


def ways(version):
    """Those of "3.10.13", "3.12-20260821" and the like."""
    number = tuple(int(part) for part in version.split("-")[0].split(".")[:2])
    known = {}
    for since, changes in HISTORY:
        if number >= since:
            known.update(changes)
    return SimpleNamespace(**known)
