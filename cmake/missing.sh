#!/usr/bin/env bash
# missing.sh LIST TAG...: which of the things that LIST (see packages.txt) names for these tags are not on this
# system, one a line, in the words of pkg-config, CMake and the C compiler. For systems without apt.
# Uses $CC or cc. exit: 0 all is there, 1 something is missing, 2 bad usage or a bad line in LIST,
# 3 the C library is one that the project cannot work with.
set -euo pipefail

compiler=${CC:-cc}

# What `elsewhere` says, for these tags, one a line.
probes() {
    local list=$1
    shift
    awk -v wanted="$*" '
        BEGIN { count = split(wanted, tags, " ") }
        /^[ \t]*(#|$)/ { next }
        { for (i = 1; i <= count; i++) if (("," $2 ",") ~ ("," tags[i] ",")) { print $3; next } }
    ' "$list" | tr ',' '\n'
}

# compiles CODE [FLAG...]: links a program.
compiles() {
    local code=$1
    shift
    $compiler -x c -o "$scratch/a.out" - "$@" <<<"$code" >/dev/null 2>&1
}

# at_least VERSION LEAST
at_least() {
    [[ $(printf '%s\n' "$2" "$1" | sort -V | head -n 1) == "$2" ]]
}

program_is_there() {
    local name=${1%%>=*} least=${1#*>=} version
    # What CC names counts as cc.
    [[ $name != cc ]] || name=${compiler%% *}
    command -v "$name" >/dev/null || return 1
    [[ $1 == *'>='* ]] || return 0
    version=$("$name" --version 2>/dev/null | sed -n '1s/^[^0-9]*\([0-9.]*\).*/\1/p')
    here=" (here: ${version:-no version})"
    at_least "${version:-0}" "$least"
}

# In the scratch folder, since CMake leaves files behind.
cmake_package_is_there() {
    command -v cmake >/dev/null || { here=' (not looked for: no cmake)' && return 1; }
    (cd -- "$scratch" &&
        cmake --find-package "-DNAME=$1" -DCOMPILER_ID=GNU -DLANGUAGE=C -DMODE=EXIST >/dev/null 2>&1)
}

pkg_config_module_is_there() {
    command -v pkg-config >/dev/null || { here=' (not looked for: no pkg-config)' && return 1; }
    pkg-config --exists "$1"
}

# look KIND NAME: 1 when it is not there; `here` may say more.
look() {
    here=''
    case $1 in
        program) program_is_there "$2" ;;
        pkg-config) pkg_config_module_is_there "$2" ;;
        cmake) cmake_package_is_there "$2" ;;
        header) compiles "#include <stdio.h>
#include <$2>
int main(void) { return 0; }" ;;
        library) compiles 'int main(void) { return 0; }' "-l$2" ;;
        python) python3 -c "import $2" >/dev/null 2>&1 ;;
        sanitizer) compiler=$2 compiles 'int main(void) { return 0; }' -fsanitize=address,undefined ;;
        file) [[ -e $2 ]] ;;
        *)
            echo "$list: '$1:$2': unknown kind '$1' (the kinds stand at the head of cmake/packages.txt)" >&2
            exit 2
            ;;
    esac
}

# tell KIND NAME: the line for what is missing.
tell() {
    local least=''
    case $1 in
        program)
            [[ $2 != *'>='* ]] || least=" ${2#*>=} or later"
            echo "${2%%>=*}$least (program)$here"
            ;;
        pkg-config) echo "$2 (pkg-config module)$here" ;;
        cmake) echo "$2 (CMake package)$here" ;;
        python) echo "$2 (Python module)" ;;
        sanitizer) echo "runtime of AddressSanitizer and UBSan for $2 (library)" ;;
        *) echo "$2 ($1)" ;;
    esac
}

# The C library that programs are built for, or without a compiler the system's: "glibc 2.36", or another.
libc() {
    local version
    if command -v "${compiler%% *}" >/dev/null; then
        version=$($compiler -E -P -x c - <<<$'#include <features.h>\n__GLIBC__.__GLIBC_MINOR__' 2>/dev/null |
            tr -d ' ' | tail -n 1) || true
        [[ ! $version =~ ^[0-9]+\.[0-9]+$ ]] || version="glibc $version"
    else
        version=$(getconf GNU_LIBC_VERSION 2>/dev/null || ldd --version 2>&1 | head -n 1) || true
    fi
    case $version in
        glibc*) echo "$version" ;;
        *musl* | __GLIBC__*) echo 'musl or another C library without __GLIBC__' ;;
        *) echo unknown ;;
    esac
}

# An unknown one may be due to what is missing, so it is left to the configuration.
check_libc() {
    local found
    found=$(libc)
    [[ $found != unknown ]] || return 0
    [[ $found == glibc* ]] && at_least "${found#glibc }" 2.35 && return
    cat >&2 <<END
C library: $found; expected glibc 2.35 or later. The auditor interposes glibc's malloc family and unwinds by
glibc's _dl_find_object. Build on such a system, or with a compiler for glibc: CC=gcc ./dev build
END
    exit 3
}

main() {
    local probe kind name code=0
    if (($# < 2)) || [[ ! -r $1 ]]; then
        echo "usage: missing.sh LIST TAG..." >&2
        exit 2
    fi
    list=$1
    scratch=$(mktemp -d)
    trap 'rm -rf -- "$scratch"' EXIT
    check_libc
    while read -r probe; do
        kind=${probe%%:*} name=${probe#*:}
        look "$kind" "$name" || {
            tell "$kind" "$name"
            code=1
        }
    done < <(probes "$@")
    exit $code
}

main "$@"
