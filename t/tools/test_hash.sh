#!/bin/sh
# test_hash.sh - fixupctl hash: keys, spellings, output, exit codes.

. "${SRCDIR:?the root of the source tree}/t/tools/lib.sh"
subcommand=hash

# printf KEY as HMAC key over the rest, as openssl computes it
hmac() { # KEY ADDRESS
    printf '%s' "$2" | openssl dgst -sha256 -hmac "$1" | sed 's/.*= //' | cut -c 1-32
}

umask 077
key=0123456789abcdef0123456789abcdef
former='a former key, with blanks'
printf '%s\n%s\n' "$key" "$former" >keys
printf 'log : { addresses = "hash"; address_key_file = "keys"; };\n' >hash.conf
printf 'log : { address_key_file = "keys"; };\n' >plain.conf
printf 'log : { };\n' >none.conf

run 0 'one line a key' -c hash.conf alice@example.org
is "$(wc -l <out | tr -d ' ')" 2 'lines'
is "$(sed -n 1p out)" "#$(hmac "$key" alice@example.org)@example.org" 'the key in use'
is "$(sed -n 2p out)" "#$(hmac "$former" alice@example.org)@example.org" 'the former key'
cp out alice
for spelling in '<alice@example.org>' 'ALICE@example.org' '"alice"@example.org' \
    ' <"al\ice"@example.org> ' '<@relay.example.net:alice@example.org>'; do
    run 0 "$spelling" -c plain.conf -- "$spelling"
    cmp -s out alice
    report $? "$spelling: the same"
done
run 0 'the domain in capitals' --config hash.conf alice@EXAMPLE.ORG
is "$(sed -n 1p out)" "#$(hmac "$key" alice@example.org)@EXAMPLE.ORG" 'digits the same'
run 0 'no domain' --config=hash.conf postmaster
is "$(sed -n 1p out)" "#$(hmac "$key" postmaster)" 'digits alone'
run 0 'an option before' --json -c hash.conf alice@example.org
is "$(sed -n 1p out)" "{\"hash\":\"$(sed -n 1p alice)\",\"in_use\":true}" 'JSON, in use'
is "$(sed -n 2p out)" "{\"hash\":\"$(sed -n 2p alice)\",\"in_use\":false}" 'JSON, former'
run 0 'an address that begins with a hyphen' -c hash.conf -- -a@example.org
is "$(sed -n 1p out)" "#$(hmac "$key" -a@example.org)@example.org" 'a hyphen'
run 0 'control characters in a domain' -c hash.conf "a@b$(printf '\033')[31m"
hasnt out "$(printf '\033')" 'none goes to the terminal'

# the recipe of the man page
{ echo '{"from":"'"$(sed -n 2p alice)"'"}'; echo '{"from":"x@example.org"}'; } >log
"$FIXUPCTL" hash -c hash.conf '<Alice@Example.ORG>' | cut -d@ -f1 | grep -F -f - log >out
is "$(cat out)" "$(sed -n 1p log)" 'grep finds the record'

run 78 'no key' -c none.conf alice@example.org
has err '^none.conf: log.address_key_file: is not set' 'it is said'
chmod 640 keys
run 78 'a key for a group' -c hash.conf alice@example.org
has err '^hash.conf:1: log.address_key_file: ".*/keys" may be used by others than its owner (mode 0640)' 'and why'
chmod 600 keys
run 78 'no configuration' -c missing.conf alice@example.org
run 64 'no address' -c hash.conf
run 64 'two addresses' -c hash.conf a@example.org b@example.org
run 64 'the null sender' -c hash.conf '<>'
has err 'not hashed' 'stays as it is'
run 64 'an unknown option' --frobnicate a@example.org
run 0 'help' --help
has out 'grep -F' 'help has the recipe'

echo "1..$count"
[ "$failed" -eq 0 ]
