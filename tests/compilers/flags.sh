#!/usr/bin/env bash
# The sets of flags that `./dev compilers` builds with; sourced by run.

# shellcheck disable=SC2034 # read by run
readonly flag_sets=(c17 c23 O0 O1 Og O3 Os lto cet v3 debian fedora intrusive hardened)

# flag_set NAME: sets `standard`, `compile` and `link`; fails with a `reason` when this machine lacks what it needs.
flag_set() {
    standard=17 compile=-O2 link='' reason=''
    case $1 in
        c17) ;;
        c23) standard=23 ;;
        O0 | O1 | Og | O3 | Os) compile=-$1 ;;
        lto) compile='-O2 -flto -flto=auto' link=$compile ;; # clang before 15 knows the first alone
        cet) compile='-O2 -fcf-protection=full' ;;
        v3) compile='-O2 -march=x86-64-v3' ;;
        debian) debian_flags ;;
        fedora) fedora_flags ;;
        hardened)
            # gcc's own list, what some distributions add to it, and tables that only newer linkers make. gcc warns
            # where a part is left out, as it is of every link with options of its own: off.
            compile='-O2 -fhardened -Wno-hardened -ftrivial-auto-var-init=zero -fzero-call-used-regs=used-gpr -fno-plt'
            link='-Wl,-z,pack-relative-relocs -Wl,-z,mark-plt'
            ;;
        intrusive)
            # What would break a malloc that it reached: canaries, calls of profilers in each function, no tail calls.
            compile='-O1 -fstack-protector-all -finstrument-functions -fno-optimize-sibling-calls -fno-inline'
            compile+=' -fno-asynchronous-unwind-tables -Wp,-D_FORTIFY_SOURCE=3'
            ;;
    esac
}

# As dpkg-buildflags gives them to a package that asks for all hardening.
debian_flags() {
    local kind
    command -v dpkg-buildflags >/dev/null || { reason='no dpkg-buildflags (Debian package dpkg-dev)'; return 1; }
    compile=''
    for kind in CFLAGS CPPFLAGS; do
        compile+=" $(DEB_BUILD_MAINT_OPTIONS=hardening=+all dpkg-buildflags --get "$kind")"
    done
    link=$(DEB_BUILD_MAINT_OPTIONS=hardening=+all dpkg-buildflags --get LDFLAGS)
}

# Those of redhat-rpm-config in Fedora 41 for x86-64, as packages' build logs print them, without its -specs files:
# the hardened ones ask for position-independent code, which this build is anyway, and annobin only adds notes.
fedora_flags() {
    compile='-O2 -flto=auto -ffat-lto-objects -fexceptions -g -grecord-gcc-switches -pipe -Wall -Wno-complain-wrong-lang
        -Werror=format-security -Wp,-U_FORTIFY_SOURCE,-D_FORTIFY_SOURCE=3 -Wp,-D_GLIBCXX_ASSERTIONS
        -fstack-protector-strong -m64 -march=x86-64 -mtune=generic -fasynchronous-unwind-tables
        -fstack-clash-protection -fcf-protection
        -mtls-dialect=gnu2 -fno-omit-frame-pointer -mno-omit-leaf-frame-pointer'
    compile=$(printf '%s' "$compile" | tr -s ' \n' ' ')
    link='-Wl,-z,relro -Wl,--as-needed -Wl,-z,pack-relative-relocs -Wl,-z,now -Wl,--build-id=sha1'
}
