#!/bin/sh
# run.sh [--keep] - the two commands of the README on a machine that has nothing yet.
#
# Makes a minimal Debian 12 with debootstrap in a temporary directory, from the mirror that this
# machine uses, puts a clean clone of HEAD into it, and runs there, as root,
# `sh contrib/quickstart.sh` and `sh contrib/run-tests.sh`. Exit status 0 when both end with 0.
# Needs root, debootstrap and git; FX_CORPORA names message folders to be seen inside, read only.
set -eu
SRCDIR=$(cd "$(dirname "$0")/../.." && pwd)
[ "$(id -u)" -eq 0 ] || { echo "run.sh: this needs root" >&2; exit 77; }
command -v debootstrap >/dev/null 2>&1 || { echo "run.sh: debootstrap is missing" >&2; exit 69; }

ROOT=$(mktemp -d "${TMPDIR:-/tmp}/fixup-fresh.XXXXXX")
chmod 755 "$ROOT"
undo()
{
    for place in corpora dev/pts dev proc .; do
        umount "$ROOT/$place" 2>/dev/null || true
    done
    [ "${KEEP:-}" = yes ] || rm -rf --one-file-system "$ROOT"
}
trap undo EXIT
trap 'exit 130' INT TERM
[ "${1:-}" = --keep ] && KEEP=yes

# The mirror of this machine's own sources, and its apt configuration (proxies and the like).
mirror=$(apt-get indextargets --format '$(REPO_URI) $(CODENAME)' 2>/dev/null |
    awk '$2 == "bookworm" { print $1; exit }')
[ -n "$mirror" ] || { echo "run.sh: apt knows no mirror of bookworm" >&2; exit 69; }

echo "== a minimal Debian 12"
debootstrap --variant=minbase --include=ca-certificates bookworm "$ROOT" "$mirror" \
    >"$ROOT.log" 2>&1 || { tail "$ROOT.log" >&2; rm -f "$ROOT.log"; exit 69; }
rm -f "$ROOT.log"
cp /etc/apt/apt.conf.d/* "$ROOT/etc/apt/apt.conf.d/" 2>/dev/null || true
rm -rf "$ROOT/etc/apt/sources.list.d" && cp -a /etc/apt/sources.list.d "$ROOT/etc/apt/" || true
[ -f /etc/apt/sources.list ] && cp /etc/apt/sources.list "$ROOT/etc/apt/sources.list"
for file in /etc/apt/trusted.gpg.d/* /usr/share/keyrings/*; do
    [ -e "$file" ] && mkdir -p "$ROOT$(dirname "$file")" && cp -n "$file" "$ROOT$file"
done
cp -L /etc/resolv.conf "$ROOT/etc/resolv.conf" 2>/dev/null || true
cp -L /etc/hosts "$ROOT/etc/hosts" 2>/dev/null || true
# A root that is a mount of its own: tests that mount a small file system need one.
mount --bind "$ROOT" "$ROOT"
mount --make-private "$ROOT"
mount -t proc proc "$ROOT/proc"
mount --bind /dev "$ROOT/dev"
mount --bind /dev/pts "$ROOT/dev/pts" 2>/dev/null || true
git clone -q "$SRCDIR" "$ROOT/root/fixup-milter"
if [ -n "${FX_CORPORA:-}" ]; then
    mkdir "$ROOT/corpora"
    mount --bind -o ro "$FX_CORPORA" "$ROOT/corpora"
    set -- FX_CORPORA=/corpora
else
    set --
fi

inside()
{
    env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C "$@" \
        chroot "$ROOT" sh -c "cd /root/fixup-milter && $command"
}

status=0
for command in "sh contrib/quickstart.sh" "sh contrib/run-tests.sh"; do
    echo "== packages before: $(chroot "$ROOT" dpkg-query -f '.\n' -W | wc -l); $command"
    if inside "$@"; then
        echo "== exit 0: $command"
    else
        echo "== exit $?: $command"
        status=1
    fi
done
exit $status
