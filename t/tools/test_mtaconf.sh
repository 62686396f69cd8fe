#!/bin/sh
# test_mtaconf.sh - "fixupctl mtaconf" from outside: arguments, files, exit codes.
# Prints "ok N - what" or "not ok" lines; exit code 1 when anything failed. lib.sh says what it needs.

. "${SRCDIR:?the root of the source tree}/t/tools/lib.sh"
subcommand=mtaconf
shipped=$FIXUP_PROFILE_PATH
umask 022

# --- usage
run 0 'help' --help
has out '--banner TEXT' 'help names the options'
run 64 'no MTA'
has err 'which MTA' 'it is asked for'
run 64 'an unknown MTA' --mta exim
has err 'exim: no such MTA; allowed: postfix, sendmail' 'it is named'
run 64 'an unknown profile' --mta postfix -p pix-9
has err 'pix-9: no such profile' 'it is named'
run 64 'an unknown variant' --mta postfix -p asa-9+nonsense
has err 'no such variant' 'it is told so'
run 64 'an operand' --mta postfix asa-9
run 64 'an option without its value' --mta
run 64 'an unknown option' --mta postfix --json
run 64 'an empty banner' --mta postfix --banner ''
run 64 'a banner with a line end' --mta postfix --banner 'a
b'
has err '1 to 506 printable ASCII characters' 'what is allowed'
run 64 'a banner with an escape' --mta postfix --banner "$(printf 'a\033[31m')"
run 64 'a banner with other characters' --mta sendmail --banner "$(printf '\303\244')"
run 64 'a banner with a blank at its end' --mta postfix --banner 'a '
long=$(awk 'BEGIN { for (i = 0; i < 506; i++) printf "a" }')
run 0 'the longest banner' --mta postfix --banner "$long"
run 64 'a longer one' --mta postfix --banner "${long}a"

# --- stdout
run 0 'Postfix' --mta postfix
has out '^# Profile asa-9: ' 'asa-9 by itself'
has out '^# ======== fixup-main.cf: ' 'the first file has a heading'
has out '^# ======== fixup-commands.pcre: ' 'and the second'
has out '^smtpd_command_filter = pcre:/etc/postfix/fixup-commands.pcre$' 'where Postfix has its files'
run 0 'Sendmail' --mta sendmail -p pix-6.3
has out '^define(`confPRIVACY_FLAGS' 'the .mc lines'
has out '^Srv_Features:	S A P E D$' 'the access map'
has out '^dnl # ======== fixup-sendmail.mc: ' 'a heading that m4 passes over'
has out '^# ======== fixup-access: ' 'and one for the map'
run 0 'a variant' --mta postfix -p asa-9+help-masked
hasnt out '|HELP|' 'is laid over'
for name in $("$FIXUPCTL" profiles | awk 'NR > 1 { print $1 }'); do
    for mta in postfix sendmail; do
        "$FIXUPCTL" mtaconf --mta $mta -p "$name" >out 2>err && [ ! -s err ] &&
            ! grep -Ev '^(#|dnl #|$|[a-z0-9_]+ = |if |endif$|/|define\(`|Srv_Features:)' out >err
        report $? "$name for $mta: comments and settings, nothing else"
    done
done
if [ -w /dev/full ]; then
    "$FIXUPCTL" mtaconf --mta postfix >/dev/full 2>err
    [ $? -eq 74 ]
    report $? 'no room on stdout'
fi

# --- files
run 0 'into a folder' --mta postfix --output new
[ ! -s out ] && [ "$(find new -type f | sort | tr '\n' ' ')" = 'new/fixup-commands.pcre new/fixup-main.cf ' ]
report $? 'both files, and nothing on stdout'
has new/fixup-main.cf "^smtpd_command_filter = pcre:$work/new/fixup-commands.pcre\$" 'with its whole path'
# shellcheck disable=SC2012 # the mode is wanted
[ "$(ls -l new/fixup-main.cf | cut -c 1-10)" = '-rw-r--r--' ]
report $? 'readable for the mail server'
find new -type f -exec touch -t 202001010000 {} +
run 0 'once more the same' --mta postfix --output new/
[ -z "$(find new -type f -newermt 2021-01-01 2>/dev/null)" ]
report $? 'writes nothing'
cp new/fixup-main.cf kept
rm new/fixup-commands.pcre
run 73 'another profile into it' --mta postfix -p pix-6.3 --output new
has err 'new/fixup-main.cf: is there, and differs' 'the file is named'
cmp -s kept new/fixup-main.cf && [ ! -e new/fixup-commands.pcre ]
report $? 'nothing was written'
run 0 'one of two is there' --mta postfix --output new
[ -s new/fixup-commands.pcre ]
report $? 'the other is written'
# The first has room below this limit, the second has not.
(trap '' XFSZ && exec prlimit --fsize=5120 "$FIXUPCTL" mtaconf --mta postfix --output full 2>err)
[ $? -eq 74 ] && grep -q 'fixup-commands.pcre' err && [ ! -e full ]
report $? 'the second cannot be written: none is left'
for kind in longer shorter; do
    rm -rf "$kind" && mkdir "$kind"
    if [ $kind = longer ]; then
        { cat new/fixup-commands.pcre && echo '#'; } >$kind/fixup-commands.pcre
    else
        head -n 3 new/fixup-commands.pcre >$kind/fixup-commands.pcre
    fi
    run 73 "a $kind file is there" --mta postfix --output "$kind"
done
mkdir link && ln -s /dev/null link/fixup-main.cf
run 73 'a link is there' --mta postfix --output link
mkdir -p folder/fixup-main.cf
run 73 'a folder of that name is there' --mta postfix --output folder
mkdir fifo && mkfifo fifo/fixup-main.cf
run 73 'a FIFO is there' --mta postfix --output fifo
run 73 'a folder in a missing one' --mta postfix --output missing/folder
has err 'missing/folder: No such file' 'it is named'
: >file
run 73 'a file in place of the folder' --mta postfix --output file
run 73 'no name' --mta postfix --output ''
run 64 'a blank in the name' --mta postfix --output 'a b'
[ ! -e 'a b' ]
report $? 'no folder is left behind'
run 0 'which Sendmail does not mind' --mta sendmail --output 'a b'
run 64 'a comma in the name' --mta postfix --output 'a,b'
run 64 'a line end in the name' --mta postfix --output 'a
b'
# shellcheck disable=SC2016 # these are dollars
run 0 'a dollar in the name' --mta postfix --output 'a$b'
# shellcheck disable=SC2016
has 'a$b/fixup-main.cf' '/a$$b/fixup-commands.pcre$' 'is doubled'
mkdir closed && chmod 500 closed
if [ "$(id -u)" -ne 0 ]; then
    run 73 'a folder without rights' --mta postfix --output closed
    has err 'Permission denied' 'it is told so'
fi
if [ -d /proc/self ]; then
    run 73 'a folder where nothing can be made' --mta postfix --output /proc/self/fixup
fi

# --- profiles of the site
mkdir site
cat >site/evil.conf <<'END'
title = "a\x1b[31m title"; applies = "x"; remedy = [ "x" ];
verbs : { value = [ "HELO" ]; confidence = "documented"; source = "x')dnl include(`evil') $evil"; };
rules : { verb-not-allowed : { action = "mask"; confidence = "documented"; source = "a \\ b"; }; };
END
sed 's/a.x1b.31m title/title/' site/evil.conf >site/hostile.conf
FIXUP_PROFILE_PATH=$work/site
run 78 'a profile with a fault' --mta postfix -p evil
[ -s err ]
report $? 'it is told'
run 0 'a profile with words of m4' --mta sendmail -p hostile
! grep include out | grep -v -e '^dnl #' -e '^#' >err
report $? 'they stand in comments only'
FIXUP_PROFILE_PATH=$shipped

echo "1..$count"
[ "$failed" -eq 0 ]
