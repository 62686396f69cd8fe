#!/bin/sh
# test_signatures.sh - fixupctl check about signatures: what it shows of them, the sums for each
# signing domain, and the time of the run. TAP; lib.sh says what it needs.

. "${SRCDIR:?the root of the source tree}/t/tools/lib.sh"
unset NO_COLOR COLUMNS
PYTHON3=${PYTHON3:-python3}

count_of() { # FILE PATTERN N WHAT
    seen=$(grep -c -- "$2" "$1")
    [ "$seen" -eq "$3" ]
    report $? "$4 ($seen)"
}
fits() { # FILE WIDTH WHAT
    awk -v w="$2" 'length($0) > w { wide = 1 } END { exit wide }' "$1"
    report $? "$3"
}

# --- the material; the body hash is that of "hello" and a line end
bh=zS7KNTV0HyeorkDDGwxB1AV6enuRKzO5rthkhdHIRnY=
b=$(awk 'BEGIN { for (i = 0; i < 43; i++) printf "AAAA" }')
signature() { # DOMAIN H [MORE]: a field that is whole but for what MORE says
    printf 'DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=%s; s=sel;\n' "$1"
    printf '\th=%b;\n\tbh=%s; %s\n\tb=%s\n' "$2" "$bh" "${3-}" "$b"
}
rest() { # [BODY]
    printf 'From: a@example.org\nTo: b@example.net\nSubject: s\nDate: Sat, 21 Nov 2026 10:00:00 +0000\n'
    printf 'Content-Type: text/plain\n\n%s\n' "${1-hello}"
}
h=From:To:Subject:Date
{ signature example.org $h; rest; } >sound.eml
{ signature example.org "From:To:Subject:\\n\\tContent-Type:Date"; rest; } >folded.eml
{ signature Example.ORG "$h:Content-Type:X"; rest changed; } >colon.eml
{ signature example.org "$h:Content-Type"; signature example.net $h 'l=3;'; rest; } >listed.eml
{ signature example.org $h 'z=From:a|Content-Type:x;'; rest; } >z.eml
{ signature example.org $h 't=1795255200; x=1795255300;'; rest; } >expires.eml
{ printf 'ARC-Seal: i=1; a=rsa-sha256; cv=none; d=example.com; s=x; t=1795255200; b=%s\n' "$b"
    signature example.org $h; rest; } >seal.eml
{ signature "$(printf '\033]0;x\007\\')evil.example" $h; rest; } >escape.eml
{ signature "$(awk 'BEGIN { for (i = 0; i < 10240; i++) printf "A" }')" $h; rest; } >long.eml
{ signature '' $h; signature '' $h; rest; } | sed '/^DKIM-Signature/s/ d=;//' >none.eml
echo 'policy : { profile = "asa-9"; compare = [ "pix-6.3", "pix-6.3+masked-verbs" ];
content_type_grade = "listed"; };' >listed.conf

# --- single messages
run 0 'a sound signature' check -p pix-7.2.2 sound.eml
has out '^  signature 1: DKIM-Signature d=example.org s=sel a=rsa-sha256, body hash match, Content-Type none$' \
    'is shown'
hasnt out 'what to do' 'and nothing is to be done'
run 1 'one at risk' check -p pix-7.2.2 folded.eml
has out 'Content-Type folded in h=$' 'its shape and place'
has out '^what to do about content-type-embedded:' 'what to do'
has out 'at the signer: leave the MIME names' 'at the signer'
has out 'fold h= before its colons' 'in two ways'
has out '7.2(2.19)' 'and at the firewall'
run 1 'at risk behind compared profiles' check -p asa-9 -p pix-6.3 -p pix-7.2.2 -p asa-8.0 folded.eml folded.eml sound.eml
has out '^3 messages: ' 'the sums of the main profile'
has out '^behind others: pix-6\.3 2 drop; pix-7\.2\.2 2 drop$' 'and of those that hold it up'
run 0 'nobody holds it up' check -p asa-9 -p pix-6.3 sound.eml sound.eml
hasnt out 'behind others' 'and nothing is said'
run 1 'the main profile alone' check -p pix-7.2.2 folded.eml sound.eml
hasnt out 'behind others' 'is no other'
run 1 'one at risk behind a compared profile alone' check -p asa-9 -p pix-7.2.2 folded.eml
has out '^what to do about content-type-embedded:' 'the same'
sed 's/^DKIM-Signature/X-Other/' folded.eml >other.eml
run 1 'the same in another field' check -p pix-7.2.2 other.eml
has out '"X-Other" (folded, in a field that is no signature)' 'is said to be that'
hasnt out 'at the signer' 'the signer cannot help it'
has out 'at the firewall' 'the firewall can'
run 1 'an anomaly' check -p asa-9 listed.eml
has out '^  dkim-l-present \[weak\] signature 2 at octet [0-9]*, 7 octets, signed 3, "3" (the body is longer): the body is signed up' \
    'the signature, the place, the piece and the meaning'
has out '(RFC 6376 sections 3.5, 5.4.1 and 8.2)$' 'the source'
has out '^  signature 2: .*; dkim-l-present (weak)' 'and with the signature'
run 1 'a body that was changed' check -p asa-9 colon.eml
has out 'body hash mismatch' 'is shown'
has out '^  dkim-bh-mismatch \[fault\] signature 1' 'and found'
run 1 'side by side' check --side-by-side -p asa-9 -p pix-6.3 listed.eml
has out '^  dkim-l-present \[end\] signature 2 at octet [0-9]*, 7 octets, signed 3' 'an anomaly once'
count_of out 'dkim-l-present \[end\]' 1 'and not for each profile'
has out '^    weak, whatever the firewall: the body is signed up' 'no profile says it'
has out '^  signature 2: ' 'the signatures as well'
run 1 'side by side, JSON' check --side-by-side --json -p asa-9 -p pix-6.3 listed.eml
has out '"rule":"dkim-l-present".*"confidence":null,"source":"RFC 6376 [^"]*","severity":"weak","signature":2,"offset":' \
    'the section is its source'
has out '"dkim":\[{"kind":"dkim"' 'the signatures too'
for file in escape long; do
    for view in '' --side-by-side --by-domain; do
        # shellcheck disable=SC2086 # one word or none
        run 1 "$file.eml $view" check $view -p asa-9 $file.eml
        hasnt out "$(printf '[\033\007]')" 'no control character gets out'
    done
done
run 1 'a domain of 10 kB' check -p asa-9 --json long.eml
awk 'length($0) > 4000 { exit 1 }' out
report $? 'is cut in the record'
run 1 'and in the view' check -p asa-9 long.eml
has out ' d=A\{255\}\.\.\. s=sel' 'so that it says'

# --- the record
run 1 'z=' check -c listed.conf --json z.eml
has out '"grade":"colon","tag":"z","evidence":"DKIM-Signature","detail":"colon, in z="' 'is named'
has out '"firewalls":\["Cisco PIX Firewall 6.0(1) to 6.3(x) with [^"]*"\],' 'a product once, for two readings of it'
hasnt out 'CSC' 'no number of a bug'
{ signature example.org "From:To:Subject:\\n\\tContent-Type:Date"
    signature example.org "From:To:Subject:\\n\\tContent-Type:Date"; rest; } >twice.eml
run 1 'two equal signatures' check -p pix-7.2.2 --json twice.eml
has out '"signature":1,.*"signature":2,' 'are two findings'
has out '"dkim_message":\["dkim-multi-sig"\]' 'what is of both is said once'
run 1 'the same for people' check -p pix-7.2.2 twice.eml
has out '^  the header as a whole: dkim-multi-sig (note)$' 'on a line of its own'

# --- more findings than are kept: each of them once, however many profiles say it
i=0
while [ $((i += 1)) -le 40 ]; do
    echo 'DKIM-Signature: v=2; v=2; a=rsa-sha1; b=AAAA; bh=AAAA; c=x; d=com; i=a@b; l=99999; q=x; s=-; h=to'
done >many.eml
rest >>many.eml
run 1 'many faults' check -p asa-9 --json many.eml
omitted=$(grep -o '"findings_omitted":[0-9]*' out)
run 1 'behind two profiles' check -p asa-9 -p asa-8.0 --json many.eml
has out "$omitted," 'are as many'

# --- the time of the run
run 0 'not yet expired' check -p asa-9 --at 2026-11-21T10:01:00Z expires.eml
run 1 'expired' check -p asa-9 --at 2026-11-22 expires.eml
has out '^  dkim-x-past \[fault\] signature 1 at octet [0-9]*, 2026-11-21T10:01:40Z, "1795255300"' \
    'with the time'
run 1 'made in the future' check -p asa-9 --at=2026-11-20T00:00:00.5Z expires.eml
has out 'dkim-t-future' 'found'
run 0 'the time of the records' check -p asa-9 --json --at 2026-11-21T10:01:00.25Z expires.eml
has out '"time":"2026-11-21T10:01:00.250000Z"' 'is the same'
for time in '' now 2026-11-31 2026-11-21T10:00:00 1969-12-31 2026-11-21T10:00:00+01:00; do
    run 64 "--at '$time'" check --at "$time" sound.eml
    has err 'allowed: YYYY-MM-DD or YYYY-MM-DDTHH:MM:SSZ, from 1970 on' 'what is allowed'
done
run 64 '--at without a time' check sound.eml --at

# --- by domain
run 64 'two views' check --by-domain --side-by-side sound.eml
has err 'side-by-side' 'is said'
all='sound.eml folded.eml colon.eml listed.eml seal.eml'
# shellcheck disable=SC2086 # words
run 1 'by domain' check --by-domain -p asa-9 $all
has out '^domain  *signatures  *folded  *colon  *listed  *match  *mismatch  *unchecked$' 'the columns'
has out '^example\.org  *5  *1 (20%)  *1 (20%)  *1 (20%)  *4  *1  *0$' 'a domain, in whatever case'
has out '^example\.net  *1  *0  *0  *0  *0  *1  *0$' 'the other'
has out '^example\.com  *0  *0  *0  *0  *0  *0  *0$' 'a seal is no signature'
has out '^all 3 domains  *6  *1 (17%)' 'the sum'
has out '^    fault: dkim-bh-mismatch=1$' 'what is wrong with them'
is_sorted=$(sed -n 's/^\(example[^ ]*\) .*/\1/p' out | tr '\n' ' ')
[ "$is_sorted" = 'example.org example.net example.com ' ]
report $? 'the most signatures first'
has out '^    arc-seal=1$' 'which is why there is a row'
has out '^at risk: 3 (50%) of 6 signatures, those that name Content-Type in a message' 'what is at risk'
has out '^folded, colon, listed: the shape of that name; .* counts folded alone$' 'what the rule counts'
has out 'content_type_grade = "folded")$' 'by which setting'
has out '^match, mismatch, unchecked: the body is' 'what the others are of'
has out '^what to do about content-type-embedded:$' 'and what to do'
# shellcheck disable=SC2086 # words
run 1 'by domain, every shape counts' check --by-domain -c listed.conf $all
has out 'counts all three$' 'and that is said'
sed 's/listed"/colon"/' listed.conf >colon.conf
# shellcheck disable=SC2086 # words
run 1 'by domain, two shapes count' check --by-domain -c colon.conf $all
has out 'counts folded and colon$' 'likewise'
run 0 'by domain, nothing at risk' check --by-domain -p asa-9 sound.eml
has out '^at risk: 0 of 1 signature,' 'is said'
hasnt out 'what to do' 'and nothing is to be done'
echo 'log : { records = "flagged"; };' >flagged.conf
run 0 'by domain, where the log has findings only' check --by-domain -c flagged.conf sound.eml
has out '^example\.org  *1 ' 'a sound signature counts as well'
echo 'limits : { signatures = 1; };' >limit.conf
run 1 'a limit of signatures' check --by-domain -c limit.conf twice.eml listed.eml
has out '^and 2 signatures more, not looked at (limits\.signatures)$' 'what it leaves out is counted'
run 1 'one over it' check --by-domain -c limit.conf twice.eml
has out '^and 1 signature more, not' 'in the singular'
run 1 'in JSON' check --by-domain --json -c limit.conf twice.eml listed.eml
tail -n 1 out | grep -q '"signatures_omitted":2}$'
report $? 'with the sum'
count_of out 'signatures_omitted' 1 'and with nothing else'
run 1 'one over it, message by message' check -c limit.conf twice.eml
has out '^  and 1 signature more$' 'in the singular'
echo 'policy : { mode = "off"; };' >off.conf
echo 'policy : { rules : { dkim-* = "off"; content-type-embedded = "off"; }; };' >unread.conf
run 0 'by domain, all off' check --by-domain -c off.conf sound.eml folded.eml
is "$(cat out)" '' 'no table of nothing'
has err '^fixupctl: nothing was looked at in 2 of 2 sessions: the policy has every rule off' 'but why'
run 0 'message by message' check -c off.conf sound.eml
has err '^fixupctl: nothing was looked at in 1 of 1 sessions: ' 'likewise'
run 0 'by domain, rules of signatures off' check --by-domain -c unread.conf sound.eml
is "$(cat out)" '' 'no table either'
has err '^fixupctl: no signature was looked at in 1 of 1 messages: .* dkim-\* and ' 'but why'
run 0 'in JSON' check --by-domain --json -c unread.conf sound.eml
has out '^{"domain":null,"signatures":0,' 'the sum all the same'
run 0 'rules of signatures on' check --by-domain sound.eml
is "$(cat err)" '' 'nothing is said'
# shellcheck disable=SC2086 # words
run 1 'by domain, JSON' check --by-domain --json -p asa-9 $all
head -n 1 out | grep -q '^{"domain":"example.org","signatures":5,"kinds":{"dkim":5,"domainkey":0,"arc":0,"arc-seal":0},"content_type":{"folded":1,"colon":1,"listed":1,"none":2},"at_risk":3,"body_hash":{"match":4,"mismatch":1,"unchecked":0},"anomalies":{[^{}]*"dkim-bh-mismatch":1[,}]'
report $? 'a domain'
tail -n 1 out | grep -q '^{"domain":null,"signatures":6,'
report $? 'the sum last'
run 1 'no domain' check --by-domain -p asa-9 none.eml
has out '^(none)  *2 ' 'is one as well'
run 1 'a name of 10 kB' check --by-domain -p asa-9 long.eml
has out '^a\{255\}\.\.\.$' 'is cut, and has a line of its own'
run 1 'in JSON' check --by-domain --json -p asa-9 long.eml
has out '^{"domain":"a\{255\}","domain_cut":true,"signatures":1,' 'is said to be'
printf 'From: a@example.org\n\nx\n' >plain.eml
run 0 'no signature' check --by-domain -p asa-9 plain.eml
has out '^all 0 domains  *0 ' 'no domain'
for width in 20 40 60 80 120; do
    # shellcheck disable=SC2086 # words
    COLUMNS=$width run 1 "$width columns" check --by-domain -p asa-9 $all
    [ "$width" -lt 30 ] || fits out "$width" 'no line is longer'
    has out 'dkim-bh-mismatch=1' 'nothing is left out'
    hasnt out '^ *([<0-9]' 'and nothing is torn apart'
done
if "$PYTHON3" -c '' 2>/dev/null; then
    "$PYTHON3" - <<'END' >many.mbox
field = "DKIM-Signature: v=1; a=rsa-sha256; d=%s.example; s=s; h=From; bh=%s; b=%s\n"
for n in range(100000):
    print("From a@example.org Sat Jan  3 01:05:34 1996")
    print(field % ("D%05d" % (n % 99999), "A" * 43 + "=", "A" * 172) + "From: a@example.org\n\nx\n")
END
    run 1 'as many domains as messages' check --by-domain --json -p asa-9 many.mbox
    count_of out '"signatures":1,' 99998 'each for itself'
    head -n 1 out | grep -q '^{"domain":"d00000.example","signatures":2,'
    report $? 'the one that signed twice first'
    tail -n 1 out | grep -q '^{"domain":null,"signatures":100000,'
    report $? 'all of them'
else
    echo "# no python3: no run over many domains"
fi
# --- as many signatures as are kept, each with many anomalies and a long list of names that are
# not there: once the time grew with the product of all of them
printf 'policy = { profile = "asa-9"; }; limits = { signatures = 200; };\n' >most.conf
awk 'BEGIN {
    for (i = 0; i < 27000; i++) names = names ":a"
    for (i = 0; i < 200; i++)
        print "DKIM-Signature: v=2; v=2; a=rsa-sha1; b=AAAA; bh=AAAA; c=x; d=com; i=a@b; l=9; " \
              "q=x; s=-; t=1; x=1; z=x:y; h=from" names ":MIME-Version:DKIM-Signature:d d"
    print "From: a@example.org\n\nx"
}' >most.eml
(ulimit -t 15 && exec "$FIXUPCTL" check -c most.conf --json most.eml) >out 2>err
report $(($? != 1)) 'two hundred long signatures in seconds'
if [ -w /dev/full ]; then
    "$FIXUPCTL" check --by-domain sound.eml >/dev/full 2>err
    [ $? -eq 74 ]
    report $? 'no room on stdout'
fi

echo "1..$count"
[ "$failed" -eq 0 ]
