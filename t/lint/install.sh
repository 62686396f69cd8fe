#!/bin/sh
# install.sh BUILD DIR - make install with DESTDIR=DIR puts every file in its place, and what is
# installed runs there.
set -e
make -C "$1" -s install DESTDIR="$2"
prefix=$2/usr/local
for file in sbin/fixup-milter bin/fixupctl share/fixup-milter/profiles/asa-9.conf \
    share/fixup-milter/record.schema.json share/doc/fixup-milter/fixup-profile.conf share/doc/fixup-milter/SECURITY share/doc/fixup-milter/fixup-milter.logrotate etc/fixup-milter/fixup-milter.conf \
    share/man/man8/fixup-milter.8 share/man/man1/fixupctl.1 \
    share/man/man5/fixup-milter.conf.5 share/man/man5/fixup-profile.5 \
    share/man/man7/fixup-log.7 share/man/man7/fixup-mta.7 share/man/man7/fixup-profiles.7; do
    test -s "$prefix/$file" || { echo "missing: $file"; exit 1; }
done
# Nothing lies outside the prefix, of systemd neither: its folders are for what is in /usr.
outside=$(find "$2" ! -type d ! -path "$prefix/*")
test -z "$outside" || { echo "outside the prefix: $outside"; exit 1; }
export FIXUP_PROFILE_PATH="$prefix/share/fixup-milter/profiles"
"$prefix/sbin/fixup-milter" -V
"$prefix/sbin/fixup-milter" -n -c "$prefix/etc/fixup-milter/fixup-milter.conf"
"$prefix/bin/fixupctl" profiles asa-9
# A configuration that is there already is the administrator's.
echo '# mine' >>"$prefix/etc/fixup-milter/fixup-milter.conf"
make -C "$1" -s install DESTDIR="$2"
grep -q '^# mine$' "$prefix/etc/fixup-milter/fixup-milter.conf"
make -C "$1" -s uninstall DESTDIR="$2"
grep -q '^# mine$' "$prefix/etc/fixup-milter/fixup-milter.conf"
test ! -e "$prefix/sbin/fixup-milter"
