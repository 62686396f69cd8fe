#!/bin/sh
# test_fixupctl.sh - the command line from outside: sources, exit codes, output.
# Prints "ok N - what" or "not ok" lines; exit code 1 when anything failed. lib.sh says what it needs.

. "${SRCDIR:?the root of the source tree}/t/tools/lib.sh"
unset NO_COLOR COLUMNS

json_good() { # FILE: every line is an object
    if command -v jq >/dev/null 2>&1; then
        jq -e 'type == "object"' "$1" >/dev/null 2>>err
    elif command -v python3 >/dev/null 2>&1; then
        python3 -c 'import json, sys
for line in open(sys.argv[1], encoding="utf-8"):
    assert type(json.loads(line)) is dict' "$1" 2>>err
    else
        grep -qv '^{.*}$' "$1" && return 1
        return 0
    fi
}
widest() { # FILE: characters of its longest line; these are ASCII
    awk 'length($0) > most { most = length($0) } END { print most + 0 }' "$1"
}
repeat() { # N TEXT
    awk -v n="$1" -v s="$2" 'BEGIN { for (i = 0; i < n; i++) printf "%s", s }'
}

# --- the material
from='From a@example.org Sat Jan  3 01:05:34 1996'
message='From: a@example.org\nTo: b@example.net\nSubject: plain\n\nhello\n'
printf "%b" "$message" >good.eml
{ printf 'From: a@example.org\nX-Long: '; repeat 120 0123456789; printf '\n\nhello\n'; } >long.eml
printf '%s\n%b\n%s\n' "$from" "$message" "$from" >box
cat long.eml >>box
printf '\n%s\n%b' "$from" "$message" >>box
mkdir -p maildir/cur maildir/new maildir/tmp maildir/.Sent/cur maildir/.Sent/new maildir/.Sent/tmp
cp good.eml maildir/cur/1:2,S
cp long.eml maildir/new/2
cp long.eml maildir/tmp/3
cp good.eml maildir/.Sent/cur/4:2,S
echo 'no mail' >maildir/dovecot-uidlist
mkdir -p tree/b tree/a
cp good.eml tree/b/1.eml
cp good.eml tree/a/2.eml
cp good.eml tree/0.eml
cp good.eml tree/.hidden
cat >session.smtp <<'END'
# client: 192.0.2.1 mail.example.org
S: 220 mx.example.net ESMTP
C: EHLO mail.example.org
S: 250-mx.example.net
S: 250 SIZE
C: MAIL FROM:<a@example.org>
S: 250 ok
C: RCPT TO:<b@example.net>
S: 250 ok
C: DATA
S: 354 go
C| From: a@example.org
C| Subject: plain
C| 
C| hello
C| .
S: 250 ok
C: QUIT
S: 221 bye
END
sed 's/^C: QUIT/C: WIZ/;s/^S: 221.*/S: 500 what/' session.smtp >wiz.smtp

# --- help and usage
run 0 'help' --help
has out 'check' 'help names the commands'
run 0 'version' --version
has out '^fixupctl ' 'version on stdout'
for command in check profiles; do
    run 0 "$command --help" $command --help
    has out "usage: fixupctl $command" "$command: usage on stdout"
    is "$(wc -c <err | tr -d ' ')" 0 "$command --help: nothing on stderr"
    run 0 "$command --version" $command --version
    run 64 "$command: unknown long option" $command --nonsense x
    has err 'usage: fixupctl' "$command: short usage on stderr"
    run 64 "$command: unknown letter" $command -Z x
done
run 64 'no command'
run 64 'unknown command' nonsense
run 64 'unknown option before the command' --nonsense
run 64 'check without a file' check
run 64 '-c without a value' check -c
run 64 '--json takes no value' check --json=1 good.eml
run 64 'unknown profile' check -p nonsense good.eml
has err 'nonsense' 'unknown profile is named'
run 78 'missing configuration' check -c missing.conf good.eml

# --- messages
run 0 'a plain message' check good.eml
has out '^good.eml: pass' 'one line for it'
run 1 'a long header line' check -p asa-9 long.eml
has out '^long.eml: drop (asa-9)' 'its outcome'
has out '^  header-line-length \[asa-9, header\] 1208 octets, limit 998, "X-Long": ' 'its finding'
has out '^what to do behind asa-9' 'and what to do about it'
run 1 'a long header line behind two profiles' check -p asa-9 -p pix-6.3 long.eml
has out '^  other profiles: pix-6.3 pass' 'the other profile'
hasnt out 'what to do behind others' 'which would do nothing'
run 1 'the other way round, behind three' check -p pix-6.3 -p asa-9 -p asa-9-allow-tls long.eml
hasnt out '^what to do behind \(pix\|asa\)' 'no remedy where the main profile does no harm'
has out '^what to do behind others that hold mail up: fixupctl profiles asa-9 asa-9-allow-tls$' \
    'but where to find those of the others'
run 1 'the main one and another' check -p asa-9 -p asa-9-allow-tls long.eml
is "$(grep -c '^what to do behind asa-9 (' out)" 1 'the remedy of the main one'
has out 'others that hold mail up: fixupctl profiles asa-9-allow-tls$' 'and the name of the other'
printf 'From: a@example.org\n\n\303\244\n' >8bit.eml
run 1 'an 8-bit body' check -p pix-6.3 8bit.eml
has out 'body-8bit \[.*\] 2 octets over 127: ' 'what is counted'
{ printf 'From: a@example.org\n'; for i in 1 2; do echo 'Content-Type: text/plain'; done; echo; } >ct.eml
run 1 'two Content-Type fields' check -p asa-9 ct.eml
has out 'content-type-duplicate \[.*\] 2 fields: ' 'are fields'
awk 'BEGIN { for (i = 0; i < 24; i++) print "Received: " i; print "" }' >hops.eml
run 1 'many hops' check -p asa-9 hops.eml
has out 'received-hops \[.*\] 25 hops, limit 25: ' 'are hops'
run 1 'options after operands' check long.eml -pasa-9
run 0 'the other way round' check -p pix-6.3 -p asa-9 good.eml
cp long.eml ./-long.eml
run 1 'a name with a hyphen' check -p asa-9 -- -long.eml
sed 's/$/\r/' long.eml >crlf.eml
run 1 'CRLF' check -p asa-9 crlf.eml
has out '1208' 'CRLF does not count'
printf 'policy : { profile = "pix-6.3"; };\n' >my.conf
run 0 'a configuration' check -c my.conf long.eml
has out '(pix-6.3)' 'its profile'
printf 'policy : { profile = "nonsense"; };\n' >bad.conf
run 78 'a faulty configuration' check -c bad.conf good.eml
has err 'bad.conf:1:' 'the fault has its place'

# --- standard input
"$FIXUPCTL" check -p asa-9 - <long.eml >out 2>err
is $? 1 'a message on stdin'
has out '^-: drop' 'its name is -'
"$FIXUPCTL" check -p asa-9 - <box >out 2>err
is $? 1 'an mbox on stdin'
has out '^-#2: drop' 'its second message'
"$FIXUPCTL" check -p asa-9 - <wiz.smtp >out 2>err
is $? 1 'a transcript on stdin'
has out 'verb-not-allowed' 'its finding'
"$FIXUPCTL" check - </dev/null >out 2>err
is $? 66 'nothing on stdin'

# --- mbox, Maildir, folders
run 1 'an mbox' check -p asa-9 box
is "$(sed -n 's/^\(box#[0-9]*\): .*/\1/p' out | tr '\n' ' ')" 'box#1 box#2 box#3 ' 'mbox numbers'
has out '^3 messages: 2 pass, 1 drop (asa-9)' 'sums'
run 1 'a Maildir' check -p asa-9 maildir
is "$(sed -n 's/^\(maildir[^ ]*\): .*/\1/p' out | tr '\n' ' ')" \
    'maildir/.Sent/cur/4:2,S maildir/cur/1:2,S maildir/new/2 ' 'Maildir: cur and new'
run 0 'a folder' check -p asa-9 tree
is "$(sed -n 's/^\(tree[^ ]*\): .*/\1/p' out | tr '\n' ' ')" \
    'tree/0.eml tree/a/2.eml tree/b/1.eml ' 'in the order of names'
ln -s ../tree tree/loop
ln -s ../good.eml tree/link.eml
mkfifo tree/pipe
run 0 'links and pipes in a folder' check -p asa-9 tree
has out '^tree/link.eml: pass' 'a link to a file is read'
has out '^4 messages' 'a link to a folder is not followed'
rm tree/loop tree/pipe tree/link.eml
{ printf '%s\nFrom: a@example.org\nX: ' "$from"; repeat 994 x; printf '\n\n>From here\n'; } >quoted
run 0 'an mbox message of 997 octets a line' check -p asa-9 quoted

# --- Content-Type within a signature, from every source
mkdir -p signed/box.d/cur signed/box.d/new signed/box.d/tmp
# a signature without a fault, as far as that can be seen without its key
{
    printf 'DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.org; s=sel;\n'
    printf '\th=From:To:Subject:\n\tContent-Type:Date;\n'
    printf '\tbh=%s;\n\tb=' 'zS7KNTV0HyeorkDDGwxB1AV6enuRKzO5rthkhdHIRnY='
    repeat 43 AAAA
    printf '\nFrom: a@example.org\nTo: b@example.net\nSubject: signed\n'
    printf 'Date: Sat, 21 Nov 2026 10:00:00 +0000\nContent-Type: text/plain\n\nhello\n'
} >signed/1.eml
sed 's/$/\r/' signed/1.eml >signed/2-crlf.eml
{ echo "$from"; cat signed/1.eml; echo; echo "$from"; printf '%b' "$message"; } >signed/3.mbox
cp signed/1.eml signed/box.d/new/4
run 1 'a signature with Content-Type' check -p pix-7.2.2 -p asa-9 signed
is "$(sed -n 's/^signed.\([^ ]*: drop\).*/\1/p' out | tr '\n' ' ')" \
    '1.eml: drop 2-crlf.eml: drop 3.mbox#1: drop box.d/new/4: drop ' 'found in every source'
has out '^  content-type-embedded \[pix-7.2.2, end\] signature 1 at octet 82, "DKIM-Signature" (folded): the' \
    'with its field and its shape'
run 0 'no such fault' check -p asa-9 signed/1.eml
run 1 'beside others' check --side-by-side -p asa-9 -p pix-7.2.2 signed/1.eml
has out '^  content-type-embedded \[end\] signature 1 at octet 82, "DKIM-Signature" (folded)$' 'side by side'
has out '^    pix-7.2.2: drop-connection; documented: Cisco document 118550' 'with its source'
sed 's/Content-Type:Date/Date:Content-Type/' signed/1.eml >weak.eml
run 0 'a weaker shape' check -p pix-7.2.2 weak.eml
printf 'policy : { profile = "pix-7.2.2"; content_type_grade = "listed"; };\n' >listed.conf
run 1 'counts where the configuration says so' check -c listed.conf weak.eml
has out '"DKIM-Signature" (listed)' 'as what it is'

# --- transcripts
run 0 'a transcript' check -p asa-9 session.smtp
has out '^session.smtp (message 1): pass' 'its message'
head -n 13 session.smtp | grep -v '^C| .$' >early.smtp
run 1 'a transcript that ends within DATA' check -p asa-9 early.smtp
has out '^  message-ended-early \[asa-9, end\]: noted' 'is a message that ended early'
run 1 'a verb that is not let through' check -p asa-9 wiz.smtp
has out '^wiz.smtp (session): flag' 'outside a message'
has out 'verb-not-allowed \[asa-9, command\] "WIZ"' 'the verb'
printf 'S: 220 mx\nC: QUIT\nS: 221 bye\n' >none.smtp
run 0 'a session without a message' check -p asa-9 none.smtp
has out '^none.smtp (session without a message): pass' 'is called that'
sed 's/^\(C: MAIL.*\)/\1 SIZE=9 BODY=8BITMIME/' session.smtp >size.smtp
run 1 'a parameter' check -p pix-6.3 size.smtp
has out '"SIZE": the firewall' 'is not named twice'
has out '"BODY=8BITMIME": the firewall' 'nor is its extension'
printf 'S: 220 mx\nC: ABC\nS: 500 what\nC: X\nS: 500 what\n' >short.smtp
run 1 'short verbs' check -p asa-9 short.smtp
has out 'verb-too-short \[.*\] 3 characters, minimum 4, "ABC"' 'characters'
has out 'verb-too-short \[.*\] 1 character, minimum 4, "X"' 'one of them is no plural'
sed 's/^C: QUIT/C: NOOP\\x0a\\/' session.smtp >lf.smtp
sed '/^S: 250 ok/d' session.smtp >pipelined.smtp
for profile in pix-5.1 pix-6.3 pix-6.3+masked-verbs pix-7.2.2 asa-8.0 asa-9 asa-9-allow-tls; do
    run 1 'a bare LF' check -p $profile lf.smtp
    has out "command-terminator \\[$profile, command\\] \"NOOP\" (LF): the firewall logs it" $profile
    run 1 'commands before the reply' check -p $profile pipelined.smtp
    has out "command-pipelining \\[$profile, command\\] \"RCPT\": the firewall logs it" $profile
done
"$FIXUPCTL" check -p asa-9 --json wiz.smtp >out 2>err
is "$(sed -n 's/.*"type":"\([a-z]*\)".*/\1/p' out | tr '\n' ' ')" 'message session ' 'its records'
has out '"addr":"192.0.2.1"' 'the client as told'
has out '"helo":"mail.example.org"' 'the HELO name'
{ cat session.smtp; echo 'what is this'; } >odd.smtp
run 66 'a bad line' check -p asa-9 odd.smtp
has err 'odd.smtp:20: ' 'its number'
has out 'message 1' 'and the run goes on'
run 66 'no transcript at all' check -p asa-9 -- good.eml.smtp
cp good.eml wrong.smtp
run 66 'a message with the wrong name' check wrong.smtp

# --- what cannot be read
run 66 'a missing file' check missing.eml good.eml
has err 'missing.eml' 'it is named'
has out '^good.eml: pass' 'and the run goes on'
: >empty.eml
run 66 'an empty file' check empty.eml
has err 'empty.eml: empty' 'it is named'
run 66 'a file that is no mail' check "$FIXUPCTL"
has err 'not mail' 'it is told so'
run 66 'trouble wins' check -p asa-9 long.eml empty.eml
run 66 'a device' check /dev/null
mkfifo pipe
run 78 "a configuration that is a FIFO does not hang" check -c pipe -- /dev/null
i=0
while [ $i -lt 40 ]; do
    printf 'inherit = "p%d";\n' $((i + 1)) >"deep-p$i"
    i=$((i + 1))
done
mkdir deep && for f in deep-p*; do mv "$f" "deep/${f#deep-}.conf"; done
FIXUP_PROFILE_PATH=$work/deep run 78 "a chain of profiles that does not end" profiles p0
has err "too many profiles" "it says so"
i=0
while [ $i -lt 300 ]; do
    echo '@include "empty.inc"'
    i=$((i + 1))
done >many.conf
: >empty.inc
run 78 "more included files than are read" check -c many.conf -- /dev/null
has err "too many files" "it says so"
run 66 'a pipe' check pipe
mkdir closed
cp good.eml closed/1.eml
chmod 000 closed
if [ "$(id -u)" -ne 0 ]; then
    run 77 'a folder without rights' check closed good.eml
    has out '^good.eml: pass' 'and the run goes on'
fi
chmod 700 closed
mkdir nothing
run 0 'an empty folder' check nothing
if [ -w /dev/full ]; then
    "$FIXUPCTL" check good.eml >/dev/full 2>err
    is $? 74 'no room on stdout'
    "$FIXUPCTL" check --json tree >/dev/full 2>err
    is $? 74 'no room on stdout, JSON'
    "$FIXUPCTL" profiles >/dev/full 2>err
    is $? 74 'no room on stdout, profiles'
    "$FIXUPCTL" --help >/dev/full 2>err
    is $? 74 'no room on stdout, help'
fi

# --- hostile bytes
printf 'From: a@example.org\nX: a\0b\n\nx\0y\n' >nul.eml
run 0 'NULs' check -p asa-9 nul.eml
{ printf 'From: a@example.org\nX: '; repeat 1000000 0123456789; printf '\n\nx\n'; } >huge.eml
run 1 'a header line of 10 MB' check -p asa-9 huge.eml
has out 'at least 60000' 'as far as it is passed on'
{ printf 'C: NOOP '; repeat 1000000 0123456789; printf '\nS: 250 ok\n'; } >huge.smtp
run 1 'a command of 10 MB' check -p asa-9 huge.smtp
has out '10000005' 'counted in full'
{ printf 'From: a@example.org\n\n'; repeat 1000000 0123456789; } >hugebody.eml
run 1 'a body line of 10 MB' check -p asa-9 hugebody.eml
has out '10000000' 'counted in full'
printf 'C: \033[31mWIZ\\x1b]0;x\\x07 \\xff\nS: 500 what\n' >esc.smtp
run 1 'control characters' check -p asa-9 esc.smtp
hasnt out "$(printf '\033')" 'no ESC reaches the terminal'
hasnt out "$(printf '\007')" 'nor does BEL'
has out '\\x1b' 'it is written as \x1b'
name=$(printf 'a\033[31m.eml')
cp good.eml "$name"
run 0 'control characters in a file name' check -p asa-9 "$name"
hasnt out "$(printf '\033')" 'no ESC from it either'
run 66 'control characters in a missing name' check "$(printf 'b\033[31m')"
hasnt err "$(printf '\033')" 'nor on stderr'
awk 'BEGIN { srand(7); for (i = 0; i < 100000; i++) printf "%c", int(rand() * 255) + 1 }' >random
"$FIXUPCTL" check random >out 2>err
[ $? -lt 70 ]
report $? 'random bytes'
cp random random.smtp
"$FIXUPCTL" check random.smtp >out 2>err
[ $? -lt 70 ]
report $? 'random bytes as a transcript'
[ "$(wc -l <err)" -lt 30 ]
report $? 'not every bad line is reported'

# --- JSON
"$FIXUPCTL" check --json box maildir session.smtp wiz.smtp esc.smtp nul.eml "$name" >out 2>err
is $? 1 'JSON of all kinds'
json_good out
report $? 'every line is an object'
is "$(sed -n 's/.*"seq":\([0-9]*\).*/\1/p' out | tr '\n' ' ')" \
    "$(awk -v n="$(wc -l <out)" 'BEGIN { for (i = 1; i <= n; i++) printf "%d ", i }')" 'seq from 1'
has out '"source":"box#2"' 'source of an mbox message'
has out '"source":"maildir/cur/1:2,S"' 'source in a Maildir'
is "$(wc -c <err | tr -d ' ')" 0 'nothing on stderr'
"$FIXUPCTL" check --json box session.smtp >one 2>err
"$FIXUPCTL" check --json box session.smtp >two 2>err
sed 's/"time":"[^"]*"//' one >one.plain
sed 's/"time":"[^"]*"//' two >two.plain
cmp one.plain two.plain >err 2>&1
report $? 'two runs give the same but for the time'
is "$(sed -n 's/.*"session":"\([0-9a-f]*\)".*/\1/p' one | awk '{ print length($0) }' | sort -u)" \
    32 'session ids have 32 hex digits'
is "$(sed -n 's/.*"session":"\([0-9a-f]*\)".*/\1/p' one | sort -u | wc -l | tr -d ' ')" 4 \
    'one for each message of the mbox and one for the transcript'

# --- profiles
run 0 'profiles' profiles
has out '^asa-9 ' 'asa-9 is there'
is "$(wc -l <out | tr -d ' ')" "$(($(find "$FIXUP_PROFILE_PATH" -name '*.conf' | wc -l) + 1))" \
    'without a terminal a line each, and the heading'
is "$(awk '{ print index($0, /^name/ ? "title" : /^storm/ ? "Stormshield" : /^zorp/ ? "Zorp" : "Cisco") }' out |
    sort -u | wc -l | tr -d ' ')" 1 \
    'titles below each other'
has out '^asa-9-allow-tls  Cisco' 'the longest name is two blanks apart'
has out ' map  Cisco' 'and the longest title'
hasnt out '[^ ] \?Cisco' 'nothing runs together'
for columns in 20 40 80; do
    COLUMNS=$columns "$FIXUPCTL" profiles >narrow 2>err
    [ "$(widest narrow)" -le $((columns < 40 ? 40 : columns)) ]
    report $? "folded to $columns columns"
    is "$(tr -s ' \n' '  ' <narrow)" "$(tr -s ' \n' '  ' <out)" 'with the same words'
done
COLUMNS=nonsense "$FIXUPCTL" profiles >narrow 2>err
cmp -s out narrow
report $? 'COLUMNS that is no number'
run 0 'one profile' profiles asa-9
has out 'rules.header-line-length *drop-connection 998 *documented' 'a setting'
has out '^remedy:' 'the remedy'
is "$(awk '/^  setting/ { at = index($0, "confidence") } /^notes:/ { at = 0 }
    at && /(documented|reported|inferred)/ && substr($0, at) !~ /^(documented|reported|inferred|confidence)/' out)" \
    '' 'no value pushes the confidence aside'
for columns in '' 80 132; do
    COLUMNS=$columns "$FIXUPCTL" profiles asa-8.0 asa-9 pix-6.3 pix-7.2.2 stormshield zorp >narrow 2>err
    [ "$(widest narrow)" -le "${columns:-100}" ]
    report $? "no line longer than ${columns:-100}"
done
COLUMNS=200 "$FIXUPCTL" profiles asa-9 >wide 2>err
tr -s ' \n' '\n\n' <wide | sort >wide.words
tr -s ' \n' '\n\n' <out | sort >words
cmp -s wide.words words
report $? 'wide or narrow, the same words'
rm words
has wide 'drop-connection 998       documented  Cisco' 'a source that fits stands beside it'
mkdir words
{
    printf 'title = "x"; applies = "x"; remedy = [ "x" ];\nrules : { verb-too-short : { action = "mask"; limit = 4;'
    printf ' confidence = "documented"; source = "'
    repeat 300 x
    printf ' c:\\\\d'
    repeat 100 ' '
    printf 'end"; }; };\n'
} >words/words.conf
shipped=$FIXUP_PROFILE_PATH
FIXUP_PROFILE_PATH=$work/words
run 0 'words longer than a line' profiles words
FIXUP_PROFILE_PATH=$shipped
has out '^ *x\{300\}$' 'are kept whole'
has out '^ *c:\\\\d$' 'a backslash is doubled'
has out '^ *end$' 'many blanks are a place to fold'
run 0 'profiles as JSON' profiles --json
json_good out
report $? 'every line is an object'
is "$(wc -l <out | tr -d ' ')" "$(find "$FIXUP_PROFILE_PATH" -name "*.conf" | wc -l | tr -d " ")" "one a line"
has out '"value":{"action":"drop-connection","limit":998,"overflow":null}' 'a rule is an object'
has out '"name":"verbs","value":\["' 'a set is an array'
run 64 'a profile that does not exist' profiles nonsense

# --- variants
run 0 'the variants of a profile' profiles pix-6.3
has out '^variants:' 'have a heading'
has out "^  pix-6.3+masked-verbs: commands that are not allowed become X's" 'name and title'
run 0 'a variant' profiles pix-6.3+masked-verbs
has out '^pix-6.3+masked-verbs: Cisco PIX 6.3, fixup protocol smtp; commands' 'has both titles'
has out 'rules.verb-not-allowed *mask *reported' 'its own setting'
has out 'rules.body-8bit *hide *documented' 'and those of the profile'
run 0 'two variants' profiles --json asa-9+pipe-only+stars-banner
json_good out
report $? 'an object'
has out '"name":"asa-9+pipe-only+stars-banner"' 'its name'
has out '"name":"address_characters","value":"|",' 'the first'
has out '"name":"banner","value":"stars",' 'and the second'
has out '"variants":\[\]' 'has none itself'
run 0 'the list of variants' profiles --json pix-6.3
has out '"variants":\[{"name":"masked-verbs","title":"commands' 'as JSON'
run 0 'later variants' profiles --json zorp+auth-shown+starttls-hidden
has out '"value":\["8BITMIME","ETRN","PIPELINING","SIZE"\]' 'lie over the earlier'
for name in pix-6.3+nonsense pix-6.3+ pix-4.1+x pix-6.3+ok-verbs+nonsense +ok-verbs; do
    run 64 "no such variant: $name" profiles "$name"
    run 64 "no such variant: $name" check -p "$name" good.eml
done
has err '+ok-verbs' 'it is named'
run 1 'a check with a variant' check -p asa-9 -p pix-6.3+masked-verbs wiz.smtp
has out 'verb-not-allowed \[asa-9, command\] "WIZ": the firewall overwrites' 'the main one'
run 1 'a check with a variant' check -p pix-6.3+masked-verbs -p pix-6.3 wiz.smtp
has out '\[pix-6.3+masked-verbs, command\] "WIZ": the firewall overwrites' 'its action'
has out '\[pix-6.3, command\] "WIZ": the firewall makes a NOOP' 'and that of the profile'
run 0 'every profile' check --json good.eml
hasnt out '+' 'are those without a variant'
FIXUP_PROFILE_PATH=$work/mine:$FIXUP_PROFILE_PATH
mkdir mine
sed 's/^title *=.*/title = "mine";/' "$SRCDIR/etc/profiles/asa-9.conf" >mine/asa-9.conf
run 0 'a folder of my own' profiles asa-9
has out '^asa-9: mine' 'the first folder wins'
echo 'title = ;' >mine/asa-9.conf
run 78 'a faulty profile' profiles asa-9
has err 'mine/asa-9.conf:1:' 'its fault'
run 78 'a faulty profile in a check' check -p asa-9 good.eml

echo "1..$count"
[ "$failed" -eq 0 ]
