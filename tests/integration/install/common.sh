# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # read and set by them
# What the scripts of this folder do. Sourced; they set `work`, a folder of their own, and end with `wrong`, at first 0.

complain() {
    echo "$*"
    wrong=1
}

# quietly COMMAND...: its output only when it fails, and then the end of the test.
quietly() {
    "$@" >"$work/log" 2>&1 </dev/null || {
        cat -- "$work/log"
        echo "failed: $*"
        exit 1
    }
}

# expect CODE TEXT COMMAND...: its exit code, and a text in its output.
expect() {
    local code=0 wanted=$1 text=$2 said
    shift 2
    said=$("$@" 2>&1 </dev/null) || code=$?
    [[ $code == "$wanted" && $said == *"$text"* ]] ||
        complain "exit code $code, expected $wanted and \"$text\": $*"$'\n'"$said"
}

# audits CLI GAME: the program counts what is in the hot path of the game, and knows three from two and four.
audits() {
    expect 0 '' "$1" exec --budget 'hot_allocs == 3' --strict -- "$2"
    expect 1 'hot_allocs' "$1" exec --budget 'hot_allocs < 3' -- "$2"
    expect 1 'hot_allocs' "$1" exec --budget 'hot_allocs > 3' --allocator mimalloc -- "$2"
}

# own_options FILE: the commands of the project's own programs have no option of tickaudit's.
own_options() {
    local commands
    commands=$(grep -E '"command".*(game|counted)' "$1") || complain "no commands in $1"
    ! grep -E -- '-fvisibility|-fno-omit-frame-pointer|-std=[a-z+]*(17|2[03x])|-UNDEBUG|-ffp-contract' \
        <<<"$(grep -v 'counted.cpp' <<<"$commands")" || complain "options of tickaudit's in commands of others"
    grep -q -- '-std=c11' <<<"$commands" || complain "the project's own standard is gone: $commands"
}
