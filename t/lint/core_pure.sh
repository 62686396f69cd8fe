#!/bin/sh
# core_pure.sh [LIBFIXUP-CORE.A] - the pure core calls no clock, file, socket, syslog, environment,
# random, thread or locale function, and has no memory of its own. TAP.
#
# What it may call stands below; anything else fails, so that a new call is looked at once.
set -u
LC_ALL=C
export LC_ALL

archive=${1:-${FX_BUILDDIR:-.}/libfixup-core.a}
nm=${NM:-nm}
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

# memory and strings; digests of OpenSSL; the list that libpsl has built in; none of them looks
# outside the process
allowed='bcmp|calloc|free|malloc|memchr|memcmp|memcpy|memmove|memset|realloc'
allowed="$allowed|strchr|strcmp|strcspn|strlen|strncmp|strnlen|strpbrk|strrchr|strspn|strstr"
allowed="$allowed|abs|bsearch|qsort|labs|llabs"
allowed="$allowed|EVP_[A-Za-z0-9_]+|CRYPTO_memcmp|OPENSSL_cleanse"
allowed="$allowed|OSSL_PARAM_construct_[a-z0-9_]+|ERR_clear_error"
# PEM from memory
allowed="$allowed|BIO_new_mem_buf|BIO_free|PEM_read_bio_(PUBKEY|PrivateKey)"
allowed="$allowed|psl_builtin|psl_is_public_suffix2"
# what compilers put in: sanitizers, stack and buffer guards, coverage
support='__[at]san_.*|__ubsan_.*|__sanitizer_.*|__sancov_.*|__gcov_.*|__llvm_.*'
support="$support|__stack_chk_(fail|guard)|__mem(cpy|move|set)_chk|_GLOBAL_OFFSET_TABLE_"

number=0
failed=0
result() # ok|not-ok, name, file with lines that say why
{
    number=$((number + 1))
    if [ "$1" = ok ]; then
        echo "ok $number - $2"
    else
        echo "not ok $number - $2"
        failed=1
    fi
    [ -z "${3-}" ] || sed 's/^/# /' "$3"
}

if ! "$nm" -P -A "$archive" >"$work/all" 2>"$work/errors"; then
    echo "Bail out! $nm cannot read $archive"
    exit 1
fi

# "ARCHIVE[MEMBER]: SYMBOL TYPE ..."
sed 's/^[^[]*\[\([^]]*\)\]: */\1 /' "$work/all" >"$work/symbols"
awk '$3 ~ /^[A-TV-Z]$/ { print $2 }' "$work/symbols" | sort -u >"$work/defined"
awk '$3 == "U" || $3 == "w" { print $2, $1 }' "$work/symbols" | sort -u >"$work/wanted"

# the test is worth something only when there is a core to look at
members=$(cut -d' ' -f1 "$work/symbols" | sort -u | grep -c .)
if [ "$members" -ge 20 ] && grep -qx fx_engine_feed "$work/defined" &&
    grep -q '^mem' "$work/wanted"; then
    result ok "$members objects, the engine among them"
else
    result not-ok "no core in $archive ($members objects)"
fi

awk 'NR == FNR { defined[$1]; next } !($1 in defined)' "$work/defined" "$work/wanted" |
    grep -Ev "^($allowed|$support) " >"$work/strange"
if [ -s "$work/strange" ]; then
    awk '{ print $1, "is called by", $2 }' "$work/strange" >"$work/why"
    result not-ok "calls nothing that looks outside" "$work/why"
else
    result ok "calls nothing that looks outside"
fi

# b, B, C: memory that is written to and outlives a call, which two threads would share
awk '$3 ~ /^[bBC]$/ && $2 !~ /^__?(asan|gcov|llvm|ubsan|sancov|odr)/ { print $2, "in", $1 }' \
    "$work/symbols" >"$work/memory"
if [ -s "$work/memory" ]; then
    result not-ok "has no memory of its own" "$work/memory"
else
    result ok "has no memory of its own"
fi

echo "1..$number"
exit $failed
