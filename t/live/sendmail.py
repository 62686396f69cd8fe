"""sendmail.py - a private Sendmail under one directory, on loopback ports of its own.

    mta = Sendmail(base, milter="unix:/path", access="Connect:127.0.0.9\\tREJECT\\n")
    mta.start(); Smtp(mta.port) ...; mta.settle(); mta.delivered(); mta.stop()

The programs are the system's, or come from an unpacked tree that FX_SENDMAIL_ROOT names: Debian's
sendmail-bin, sendmail-base and sendmail-cf, each with dpkg -x, and the packages of the libraries
that the machine lacks (libwrap0, libnsl2). Nothing of the system's mail is read or changed:
configuration, queue, mail and log are under `base`, and sendmail_shim.c, preloaded, keeps Sendmail
from asking the machine for its name, its hosts and its log.

What it takes to run such a tree in place: a copy of the program without its setgid bit, which
would make the dynamic linker ignore LD_LIBRARY_PATH and LD_PRELOAD; TrustStickyBit, else a
milter's socket below /tmp is refused; confCACERT and confCACERT_PATH, else STARTTLS is not
available; MAILER lines before local mailers and rules, and real tabs in these.

The MTA takes mail for any address and keeps that for maildir.test; reject@discard.test gets 554 at
RCPT, defer@discard.test 450, and who has no account here 550 at local.test.
"""
import os
import pwd
import resource
import shutil
import signal
import subprocess

from postfix import free_port, has_ipv6
from tap import Failure, until
from versions import SENDMAIL
from visibility import visible

HOST = "mx.example.net"
SHIM = os.path.join(os.path.dirname(os.path.abspath(__file__)), "sendmail_shim.c")
LIBRARIES = ("/usr/lib/x86_64-linux-gnu", "/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu",
             "/lib/aarch64-linux-gnu")

ACCESS = "To:reject@discard.test\tERROR:5.7.1:554 not here\n" \
         "To:defer@discard.test\tERROR:4.7.1:450 not now\n"

# {mc}, {listeners}, {milters}: see _mc(). `' quote in m4.
CONFIGURATION = """\
divert(-1)
define(`_CF_DIR_', `{tree}/usr/share/sendmail/cf/')
include(`{tree}/usr/share/sendmail/cf/m4/cf.m4')
divert(0)dnl
OSTYPE(`linux')dnl
DOMAIN(`generic')dnl
define(`confDOMAIN_NAME', `{host}')dnl
FEATURE(`no_default_msa')dnl
FEATURE(`nocanonify')dnl
FEATURE(`accept_unresolvable_domains')dnl
FEATURE(`accept_unqualified_senders')dnl
FEATURE(`promiscuous_relay')dnl
FEATURE(`access_db', `hash -T<TMPF> -o {etc}/access')dnl
FEATURE(`blocklist_recipients')dnl
define(`QUEUE_DIR', `{base}/queue')dnl
define(`STATUS_FILE', `{etc}/statistics')dnl
define(`HELP_FILE', `{tree}/etc/mail/helpfile')dnl
define(`ALIAS_FILE', `{etc}/aliases')dnl
define(`confPID_FILE', `{base}/pid')dnl
define(`confSERVICE_SWITCH_FILE', `{etc}/service.switch')dnl
define(`confHOSTS_FILE', `/dev/null')dnl
define(`confCW_FILE', `-o {etc}/local-host-names')dnl
define(`confDONT_BLAME_SENDMAIL', `TrustStickyBit,GroupWritableDirPathSafe,GroupReadableKeyFile')dnl
define(`confCACERT_PATH', `{etc}')dnl
define(`confCACERT', `{tls}.crt')dnl
define(`confSERVER_CERT', `{tls}.crt')dnl
define(`confSERVER_KEY', `{tls}')dnl
define(`confTLS_SRV_OPTIONS', `V')dnl
define(`confAUTH_MECHANISMS', `PLAIN LOGIN')dnl
TRUST_AUTH_MECH(`PLAIN LOGIN')dnl
define(`confTO_IDENT', `0')dnl
define(`confDONT_PROBE_INTERFACES', `True')dnl
define(`confREFUSE_LA', `10000')dnl
define(`confQUEUE_LA', `10000')dnl
define(`confDELIVERY_MODE', `background')dnl
define(`confSAFE_QUEUE', `True')dnl
define(`confLOG_LEVEL', `14')dnl
define(`confMILTER_LOG_LEVEL', `9')dnl
define(`confPRIVACY_FLAGS', `')dnl
LOCAL_CONFIG
ESASL_CONF_PATH={etc}
{milters}{listeners}{mc}
MAILER(`local')dnl
MAILER(`smtp')dnl
MAILER_DEFINITIONS
Mkeep, P={etc}/deliver, F=lsDFMPmun8, S=EnvFromSMTP/HdrFromSMTP, R=EnvToSMTP/HdrFromSMTP, \
U=nobody, T=X-Unix, A=deliver {base}/mail $i $u
Mdrop, P={etc}/deliver, F=lsDFMPmun8, S=EnvFromSMTP/HdrFromSMTP, R=EnvToSMTP/HdrFromSMTP, \
U=nobody, T=X-Unix, A=deliver - $i $u
LOCAL_RULE_0
R$+ < @ local.test . >\t$#local $: $1
R$+ < @ local.test >\t$#local $: $1
R$+ < @ maildir.test . >\t$#keep $@ maildir.test $: $1@maildir.test
R$+ < @ maildir.test >\t$#keep $@ maildir.test $: $1@maildir.test
R$+ < @ $* >\t$#drop $@ $2 $: $1@$2
"""

DELIVER = """\
#!/bin/sh
# deliver DIR|- QUEUE-ID ADDRESS...: the message from standard input into a file of DIR, or nowhere.
# (To a mailer that is given no address Sendmail would speak SMTP.)
[ "$1" != - ] || exec cat >/dev/null
cat >"$1/tmp.$2.$$" && mv "$1/tmp.$2.$$" "$1/msg.$2.$$"
"""


def root():
    return os.environ.get("FX_SENDMAIL_ROOT", "").rstrip("/")


def missing():
    """Why no Sendmail can run here, or None."""
    for path in ("/usr/libexec/sendmail/sendmail", "/usr/libexec/sendmail/makemap",
                 "/usr/share/sendmail/cf/m4/cf.m4"):
        if not os.path.exists(root() + path):
            return f"there is no {path} (FX_SENDMAIL_ROOT may name an unpacked Sendmail)"
    if os.geteuid() != 0:
        return "Sendmail delivers as another user, which needs root"
    if not any(os.path.exists(base + place + "/sasl2/libplain.so")
               for place in LIBRARIES for base in (root(), "")):
        return "Sendmail's AUTH needs libsasl2-modules"
    for tool in ("m4", "cc", "openssl"):
        if shutil.which(tool) is None:
            return f"Sendmail's configuration needs {tool}"
    return None


def _few_descriptors():
    """Each delivery closes all that there could be, one by one."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256))


TIMES = "C:5s;S:20s;R:20s;E:60s"


def attached(milter, times=TIMES):
    """The milter equation of "unix:/path" or "inet:PORT@127.0.0.1"."""
    return f"S={milter}, F=T, T={times}"


class Sendmail:
    """`milter` is asked on the listener `name`; `more` maps names of further listeners to the
    milter that each has of its own, or to several, asked in this order. `mc` is put before the MAILER lines, `access` at the end of
    the access map. `sasl` is the socket of a saslauthd: then AUTH is offered. `times` is how
    long the milters are waited for."""
    table = "sendmail"  # its column in visibility.py
    has_xclient = False
    aborts_at_once = True
    tells_ehlo = True
    unknown_status = "5.5.1"
    no_recipients = 503
    longest_name = 253
    longest_header = 32768
    hidden = "DELIVERBY"
    hidden_parameter = " BY=600;R"
    shows_between = False
    tells_refused_rcpt = False
    adds_above = ["Return-Path"]
    adds_fields = False

    def __init__(self, base, milter=None, mc="", access="", name="smtpd", more=None, sasl=None,
                 times=TIMES):
        self.base = base
        self.milters = {name: milter, **(more or {})}
        self.ports = {listener: free_port() for listener in self.milters}
        self.port = self.ports[name]
        self.port6 = free_port("::1") if has_ipv6() else None
        self.mc = mc
        self.access = access
        self.sasl = sasl
        self.times = times
        self.etc = base + "/etc"
        self.log = base + "/maillog"
        self.program = self.etc + "/sendmail"
        self.version = None
        self.ways = SENDMAIL
        self.process = None

    def _write(self, name, text, mode=0o644):
        with open(f"{self.etc}/{name}", "w") as f:
            f.write(text)
        os.chmod(f"{self.etc}/{name}", mode)

    def _run(self, *words, **kept):
        done = subprocess.run(words, env=self.environment(), stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=30, **kept)
        if done.returncode != 0:
            raise Failure(f"{words[0]}: " + done.stderr.decode(errors="replace"))
        return done.stdout

    def _mc(self):
        filters, listeners, asked = "", "", {}
        places = [(name, f"Family=inet, Addr=127.0.0.1, Port={port}")
                  for name, port in self.ports.items()]
        if self.port6:
            places.append((next(iter(self.ports)), f"Family=inet6, Addr=::1, Port={self.port6}"))
        for listener, chain in self.milters.items():
            chain = [chain] if isinstance(chain, str) else chain or []
            names = [listener] + [f"{listener}{n}" for n in range(2, len(chain) + 1)]
            for name, milter in zip(names, chain):
                filters += f"MAIL_FILTER(`{name}', `{attached(milter, self.times)}')dnl\n"
            asked[listener] = ";".join(names)
        first = next(iter(self.milters))
        if self.milters[first]:  # sendmail -bs has no listener
            filters += f"define(`confINPUT_MAIL_FILTERS', `{first}')dnl\n"
        for listener, place in places:
            wanted = f", InputMailFilters={asked[listener]}" if self.milters[listener] else ""
            listeners += f"DAEMON_OPTIONS(`Name={listener}, {place}{wanted}')dnl\n"
        return CONFIGURATION.format(tree=root(), base=self.base, etc=self.etc, host=HOST,
                                    tls=self.etc + "/tls.pem", mc=self.mc, milters=filters,
                                    listeners=listeners)

    def _prepare(self):
        for path in (self.etc, self.base + "/queue", self.base + "/mail"):
            os.makedirs(path)
        os.chmod(self.base + "/queue", 0o700)
        os.chown(self.base + "/mail", pwd.getpwnam("nobody").pw_uid, -1)
        shutil.copyfile(root() + "/usr/libexec/sendmail/sendmail", self.program)
        os.chmod(self.program, 0o755)
        self._run("cc", "-O1", "-shared", "-fPIC", "-o", self.etc + "/shim.so", SHIM)
        key = self.etc + "/tls.pem"
        self._run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                  "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=" + HOST,
                  "-keyout", key, "-out", key + ".crt")
        os.chmod(key, 0o600)
        self._write("deliver", DELIVER, 0o755)
        self._write("service.switch", "hosts\tfiles\naliases\tfiles\n")
        for name in ("aliases", "statistics", "local-host-names"):
            self._write(name, "")
        if self.sasl:
            self._write("Sendmail.conf", "pwcheck_method: saslauthd\nmech_list: PLAIN LOGIN\n"
                                         f"saslauthd_path: {self.sasl}\n")
        self._write("sendmail.mc", self._mc())
        self._write("sendmail.cf", self._run("m4", self.etc + "/sendmail.mc").decode())
        self._run(root() + "/usr/libexec/sendmail/makemap", "-C", self.etc + "/sendmail.cf",
                  "hash", self.etc + "/access", input=(ACCESS + self.access).encode())

    def environment(self):
        places = ":".join(root() + place for place in LIBRARIES)
        return {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C", "LD_LIBRARY_PATH": places,
                "FX_SHIM_HOST": HOST, "FX_SHIM_LOG": self.log}

    def spawn(self, *options, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
              stderr=subprocess.STDOUT):
        """Starts sendmail with this instance's configuration."""
        env = dict(self.environment(), LD_PRELOAD=self.etc + "/shim.so")
        return subprocess.Popen([self.program, "-C", self.etc + "/sendmail.cf", *options],
                                env=env, stdin=stdin, stdout=stdout, stderr=stderr,
                                start_new_session=True, preexec_fn=_few_descriptors)

    def start(self):
        self._prepare()
        self.output = open(self.base + "/output", "wb")
        self.process = self.spawn("-bD", "-q1m", stdin=subprocess.DEVNULL, stdout=self.output)
        until(self._started, "the private Sendmail is ready", 30)
        said = self.said()
        self.version = said.split("starting daemon (", 1)[1].split(")")[0]

    def _started(self):
        """By what the shim logs: a connection to try the port would be a session for the
        milter."""
        if self.process.poll() is not None:
            raise Failure("Sendmail ended: " + self.said())
        return self.said().count("port open") >= len(self.ports) + bool(self.port6)

    def said(self):
        text = ""
        for path in (self.base + "/output", self.log):
            if os.path.exists(path):
                with open(path, errors="replace") as f:
                    text += f.read()
        return text

    def complaints(self):
        """The lines of its log that tell of trouble, and of refusals."""
        words = ("SYSERR", "rror", "reject", "milter=", "timeout", "unsafe", "warning", "refused")
        return [line for line in self.said().splitlines() if any(w in line for w in words)]

    def stop(self):
        """SIGTERM to the daemon; sessions and deliveries that it leaves end with its group."""
        if self.process is None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.output.close()
        self.process = None

    def shows(self, verb):
        """Does a milter hear of this command?"""
        return visible(self.table, verb)

    @staticmethod
    def queue_id(reply):
        """Of the answer to the final dot."""
        return reply.text.split()[2]

    @staticmethod
    def at(addr):
        """The loopback address that stands for this one, since there is no XCLIENT."""
        return "127." + addr.split(".", 1)[1]

    @staticmethod
    def networks(text):
        """The same for the networks of a configuration."""
        return text.replace('"192.', '"127.').replace('"198.', '"127.')

    def delivered(self):
        """The messages that were kept, as bytes with LF line ends, in no special order."""
        found = []
        for name in sorted(os.listdir(self.base + "/mail")):
            if name.startswith("msg."):
                with open(f"{self.base}/mail/{name}", "rb") as f:
                    found.append(f.read())
        return found

    def delivery(self, mark, seconds=10.0):
        """The delivered message that contains `mark`; waits for it."""
        mark = mark.encode()
        found = until(lambda: [m for m in self.delivered() if mark in m],
                      f"a message with {mark!r} is delivered", seconds)
        return found[0]

    def queue_is_empty(self):
        return not os.listdir(self.base + "/queue")

    def settle(self):
        """Waits until everything that was accepted has gone where it goes."""
        until(self.queue_is_empty, "the queue of the private Sendmail runs empty")
