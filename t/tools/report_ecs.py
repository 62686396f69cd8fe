"""report_ecs.py - the Elastic Common Schema as the tests of fixupctl report see it: types of its
fields, and the record that a document was made of.
"""
import ipaddress

from report_log import instant


def keyword(v):
    return isinstance(v, str)


def keywords(v):
    return isinstance(v, list) and v != [] and all(isinstance(x, str) for x in v)


def one_of(*words):
    return lambda v: v in words


def some_of(*words):
    return lambda v: keywords(v) and set(v) <= set(words)


def long(v):
    return isinstance(v, int) and not isinstance(v, bool) and -2**63 <= v < 2**63


def is_ip(v):
    try:
        return bool(ipaddress.ip_address(v))
    except ValueError:
        return False


# Field types and allowed values: Elastic Common Schema 8.11, field reference (elastic.co/guide/en/ecs).
FIELDS = {
    "@timestamp": lambda v: bool(instant(v)),
    "ecs.version": keyword,
    "event.kind": one_of("alert", "asset", "enrichment", "event", "metric", "state",
                         "pipeline_error", "signal"),
    "event.category": some_of("configuration", "email", "network", "process"),
    "event.type": some_of("allowed", "change", "connection", "denied", "end", "info", "start"),
    "event.outcome": one_of("failure", "success", "unknown"),
    "event.action": keyword, "event.module": keyword, "event.dataset": keyword,
    "event.duration": long, "event.sequence": long, "event.hash": keyword,
    "network.protocol": lambda v: keyword(v) and v == v.lower(),
    "host.name": keyword, "service.type": keyword,
    "source.ip": is_ip, "source.port": long, "source.domain": keyword,
    "tls.established": lambda v: isinstance(v, bool),
    "tls.version": keyword, "tls.version_protocol": lambda v: keyword(v) and v == v.lower(),
    "tls.cipher": keyword, "user.name": keyword,
    "email.local_id": keyword, "email.message_id": keyword,
    "email.from.address": keywords, "email.to.address": keywords,
    "rule.name": keywords, "rule.ruleset": keyword,
}
# Which types a category may have: the same, "ECS categorization field: event.category".
EXPECTED = {"email": {"info"},
            "network": {"access", "allowed", "connection", "denied", "end", "info", "protocol",
                        "start"},
            "process": {"access", "change", "end", "info", "start"},
            "configuration": {"access", "change", "creation", "deletion", "info"}}


def leaves(value, name=""):
    if isinstance(value, dict) and not name.startswith("fixup"):
        for k, v in value.items():
            yield from leaves(v, f"{name}.{k}" if name else k)
    else:
        yield name, value


def ecs_wrong(document):
    wrong = [(name, value) for name, value in leaves(document)
             if name != "fixup" and not (name in FIELDS and FIELDS[name](value))]
    event = document["event"]
    allowed = set().union(*(EXPECTED[c] for c in event.get("category", [])))
    if not set(event.get("type", [])) <= allowed or "kind" not in event:
        wrong.append(("event", event))
    return wrong


def back(document):
    """The record that a document was made of."""
    r = dict(document["fixup"])
    r["time"] = document["@timestamp"]
    event, email = document["event"], document.get("email", {})
    moved = (("seq", event, "sequence"), ("hash", event, "hash"), ("host",
             document.get("host", {}), "name"), ("queue_id", email, "local_id"),
             ("message_id", email, "message_id"), ("profile", document.get("rule", {}), "ruleset"))
    for name, where, field in moved:
        if field in where:
            r[name] = where[field]
    if "verdict" not in r and event["action"] != r["type"]:
        r["verdict"] = event["action"]
    if "duration" in event:
        r["elapsed"] = event["duration"] / 1e9
    if "address" in email.get("from", {}):
        r["from"] = email["from"]["address"][0]
    if "address" in email.get("to", {}):
        r["to"] = [{"address": a, "result": x}
                   for a, x in zip(email["to"]["address"], r["to"]["result"], strict=True)]
    client = {k: document["source"][f] for k, f in (("addr", "ip"), ("port", "port"),
                                                    ("name", "domain"))
              if f in document.get("source", {})}
    if client:
        r["client"] = {**r.get("client", {}), **client}
    tls = document.get("tls", {})
    if tls.get("established") is False:
        r["tls"] = None
    elif tls:
        r["tls"] = dict(r.get("tls", {}))
        if "version" in tls:
            r["tls"]["version"] = tls["version_protocol"].upper() + "v" + tls["version"]
        if "cipher" in tls:
            r["tls"]["cipher"] = tls["cipher"]
    if "name" in document.get("user", {}):
        r["auth"] = {**r.get("auth", {}), "identity": document["user"]["name"]}
    return r
