# shellcheck shell=bash
# Completes commands, options and their fixed values for bash; everything else is a file. The installation puts it where
# bash-completion looks; without that package, source it.

_tickaudit_commands='run exec torture compare report check validate list version help'

# _tickaudit_options COMMAND: its options in $options. One that takes a value ends in "=".
_tickaudit_options() {
    local common='--color= --quiet --verbose --help --usage'
    case $1 in
        run)
            options="--allocator= --realtime --rounds= --snapshot-every= --strict --suppressions= --set= --timeout=
                --trap --force= --label= --notes= --post --pre --folded= --json --json= --results= --speedscope= $common"
            ;;
        exec)
            options="--allocator= --allow-mapped= --allow-unaudited --budget= --expect-exit= --fail-every= --fail-in-hot=
                --fail-nth= --follow --hot= --stacks= --strict --suppressions= --tick= --trap --warmup= --folded= --json=
                --label= --notes= --results= --scenario= --speedscope= $common"
            ;;
        torture) options="--from= --step= --timeout= --to= $common" ;;
        compare)
            options="--across= --exact --no-rerun --phase= --rerun --rounds= --scenario= --json --json= --results=
                $common"
            ;;
        report)
            options="--budget= --judge --results= --folded --folded= --json --json= --speedscope --speedscope= $common"
            ;;
        check) options="--allocator= --json $common" ;;
        validate) options="--set= $common" ;;
        list) options="--json $common" ;;
        version) options='--help --usage' ;;
        *) options='' ;;
    esac
}

# _tickaudit_values OPTION: the beginnings of what it takes in $values; none for a number, a text or a file.
_tickaudit_values() {
    case $1 in
        --allocator) values='mimalloc system' ;;
        --color) values='auto always never' ;;
        --across) values='scenario scenario_hash seed allocator machine' ;;
        --stacks) values='hot all sample:' ;;
        --tick) values='marks symbol: time: whole' ;;
        --hot) values='symbol: stack:' ;;
        *) values='' ;;
    esac
}

# _tickaudit_reply WORDS BEGINNING
_tickaudit_reply() {
    mapfile -t COMPREPLY < <(compgen -W "$1" -- "$2")
    if [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *[=:] ]]; then
        compopt -o nospace 2>/dev/null
    fi
    return 0
}

# Readline takes "=" for a word of its own.
_tickaudit() {
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} options values i
    COMPREPLY=()
    if ((COMP_CWORD == 1)); then
        _tickaudit_reply "$_tickaudit_commands --help --version" "$word"
        return
    fi
    for ((i = 2; i < COMP_CWORD; i++)); do
        if [[ ${COMP_WORDS[i]} == -- ]]; then
            # The program, and then its arguments.
            ((i < COMP_CWORD - 1)) || mapfile -t COMPREPLY < <(compgen -c -- "$word")
            return
        fi
    done
    if [[ $word == '=' ]]; then
        word=''
    elif [[ $before == '=' ]]; then
        before=${COMP_WORDS[COMP_CWORD - 2]}
    fi
    _tickaudit_values "$before"
    if [[ ${COMP_WORDS[1]} == help ]]; then
        _tickaudit_reply "$_tickaudit_commands" "$word"
    elif [[ -n $values ]]; then
        _tickaudit_reply "$values" "$word"
    elif [[ $word == -* ]]; then
        _tickaudit_options "${COMP_WORDS[1]}"
        _tickaudit_reply "$options" "$word"
    fi
}

complete -o default -F _tickaudit tickaudit
