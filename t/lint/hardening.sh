#!/bin/sh
# hardening.sh - TAP: the programs that were built are what configure says of hardening: PIE, relocations
# read-only and bound at once, stack protector, buffer checks. With --disable-hardening nothing is asked.
set -u
LC_ALL=C
export LC_ALL
BUILD=${FX_BUILDDIR:-.}
flags=$(sed -n 's/^HARDEN_[A-Z]*FLAGS = //p' "$BUILD/Makefile" | tr '\n' ' ')
if ! command -v readelf >/dev/null 2>&1 || [ -z "$(echo "$flags" | tr -d ' ')" ]; then
    echo "ok 1 - hardening # SKIP no readelf (Debian: binutils), or --disable-hardening"
    echo "1..1"
    exit 0
fi
n=0
failed=0
for program in fixup-milter fixupctl; do
    all=$(readelf -hldW "$BUILD/$program" && readelf -sW "$BUILD/$program")
    while read -r flag pattern what; do
        case " $flags " in *" $flag "*) ;; *) continue ;; esac
        n=$((n + 1))
        if printf '%s\n' "$all" | grep -Eq "$pattern"; then
            echo "ok $n - $program: $what"
        else
            failed=1
            echo "not ok $n - $program: $what"
            printf '%s\n' "$all" | grep -E 'Type:|FLAGS|RELRO|_chk' | sed 's/^/# /' | head -n 20
        fi
    done <<'END'
-pie ^.*\(FLAGS_1\).*PIE a position-independent program
-fPIE Type:.*DYN loaded anywhere
-Wl,-z,relro GNU_RELRO read-only relocations
-Wl,-z,now \(FLAGS.*(BIND_)?NOW bound at once
-fstack-protector-strong __stack_chk_fail stack protector
-D_FORTIFY_SOURCE=2 __[a-z]+_chk(@|$) buffer checks
END
done
echo "1..$n"
exit $failed
