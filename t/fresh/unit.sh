#!/bin/sh
# unit.sh [--keep] - the unit of contrib/systemd under a systemd that is PID 1. TAP.
#
# Makes a minimal Debian with systemd and Postfix by debootstrap in a temporary directory, from the
# mirror that this machine uses, installs the build of FX_BUILDDIR there, and boots it by
# systemd-nspawn, without a network. In there t/fresh/unit/inside.py starts, reloads and stops the
# unit, sends mail through it, and prints the results. Needs root, debootstrap and systemd-container;
# what cannot be had makes it one skipped test, with the reason. --keep leaves the directory, and
# FX_UNIT_ROOT names such a one, to be used again as it is.
set -u
FX_SRCDIR=${FX_SRCDIR:-$(cd "$(dirname "$0")/../.." && pwd)}
FX_BUILDDIR=${FX_BUILDDIR:-$FX_SRCDIR}
LIMIT=240 # seconds from boot to end

skip() # reason
{
    echo "ok 1 - the unit under systemd # SKIP $1"
    echo "1..1"
    exit 0
}

[ "$(id -u)" -eq 0 ] || skip "this needs root"
[ -x "$FX_BUILDDIR/fixup-milter" ] || skip "$FX_BUILDDIR/fixup-milter is not built"
for program in debootstrap systemd-nspawn; do
    command -v "$program" >/dev/null 2>&1 || skip "$program is missing"
done

WORK=$(mktemp -d "${TMPDIR:-/tmp}/fixup-unit.XXXXXX") || exit 73
chmod 755 "$WORK"
ROOT=${FX_UNIT_ROOT:-$WORK/root}
if [ "${1:-}" = --keep ]; then
    echo "# the root is kept in $ROOT"
else
    trap 'rm -rf --one-file-system "$WORK"' EXIT
fi
trap 'exit 130' INT TERM

if [ ! -d "$ROOT/etc" ]; then
    suite=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
    # shellcheck disable=SC2016
    mirror=$(apt-get indextargets --format '$(REPO_URI) $(CODENAME)' 2>/dev/null |
        awk -v own="$suite" '$2 == own { print $1; exit }')
    [ -n "$mirror" ] || skip "apt knows no mirror of Debian"
    debootstrap --variant=minbase --include=systemd,systemd-sysv,postfix,python3 "$suite" "$ROOT" \
        "$mirror" >"$WORK/log" 2>&1 || skip "debootstrap: $(tail -n 1 "$WORK/log")"
fi

make -C "$FX_BUILDDIR" -s install DESTDIR="$ROOT" >"$WORK/log" 2>&1 || {
    echo "not ok 1 - make install"
    sed 's/^/# /' "$WORK/log"
    echo "1..1"
    exit 1
}
unit=$(find "$ROOT"/lib/systemd/system "$ROOT"/usr/lib/systemd/system "$ROOT"/usr/local/lib/systemd/system \
    -name fixup-milter.service 2>/dev/null | head -n 1)
[ -n "$unit" ] || skip "configure knew no folder for units"
# The libraries of the build are those of this machine, which is the same Debian.
ldd "$FX_BUILDDIR/fixup-milter" "$FX_BUILDDIR/fixupctl" | awk '$3 ~ /^\// { print $3 }' | sort -u |
    while read -r library; do
        [ -e "$ROOT$library" ] || cp -L "$library" "$ROOT$library" || exit 1
    done || skip "the libraries of the build cannot be copied"
mkdir -p "$ROOT/usr/share/doc/fixup-milter"
cp "$FX_SRCDIR/contrib/systemd/postfix.conf" "$FX_SRCDIR/t/fresh/unit/inside.py" \
    "$FX_SRCDIR/t/live/tap.py" "$ROOT/opt/"

# Mail stays in the container; Postfix is started by inside.py.
rm -f "$ROOT/etc/systemd/system/multi-user.target.wants/postfix.service" "$ROOT/opt/tap"
cat >"$ROOT/etc/systemd/system/inside.service" <<'END'
[Unit]
Description=The test
After=basic.target

[Service]
Type=oneshot
Environment=PYTHONDONTWRITEBYTECODE=1
ExecStart=/usr/bin/python3 -u /opt/inside.py
StandardOutput=append:/opt/tap
StandardError=inherit
ExecStopPost=/bin/systemctl --no-block start poweroff.target
END
mkdir -p "$ROOT/etc/systemd/system/multi-user.target.wants"
ln -sf ../inside.service "$ROOT/etc/systemd/system/multi-user.target.wants/inside.service"

timeout --foreground "$LIMIT" systemd-nspawn -q -D "$ROOT" --private-network --register=no \
    --keep-unit --console=pipe -b </dev/null >"$WORK/boot" 2>&1
status=$?
if [ ! -s "$ROOT/opt/tap" ]; then
    # No cgroups, no name spaces: systemd says so on its console.
    skip "systemd does not come up here: $(tr -d '\033\r' <"$WORK/boot" | tail -n 1)"
fi
cat "$ROOT/opt/tap"
if ! grep -q '^1\.\.' "$ROOT/opt/tap"; then
    echo "not ok 999 - it came to its end (systemd-nspawn: $status)"
    tail -n 20 "$WORK/boot" | tr -d '\033\r' | sed 's/^/# /'
    exit 1
fi
! grep -q '^not ok' "$ROOT/opt/tap"
