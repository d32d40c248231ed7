
# The words before the cursor that are neither options nor their arguments: the command, its operands;
# of `run`, from the program on, all.
function __cgward_words
    set -l tokens (commandline -opc)
    set -l words
    set -l skip no
    for token in $tokens[2..-1]
        if test "$words[1]" = run -a (count $words) -gt 1
            set -a words $token
        else if test $skip = yes
            set skip no
        else if contains -- $token $__cgward_with_argument
            set skip yes
        else if not string match -q -- '-*' $token
            set -a words $token
        end
    end
    set -q words[1]; and printf '%s\n' $words
end

function __cgward_before_command
    test (count (__cgward_words)) = 0
end

function __cgward_in # COMMAND
    set -l words (__cgward_words)
    test "$words[1]" = $argv[1]
end

# Whether the word at the cursor is the Nth operand of COMMAND; N+: that or a later one.
function __cgward_operand # COMMAND N
    set -l words (__cgward_words)
    test "$words[1]" = $argv[1]; or return 1
    set -l first (string replace + '' -- $argv[2])
    test (count $words) = $first; and return 0
    string match -q -- '*+' $argv[2]; and test (count $words) -gt $first
end

function __cgward_policy
    __fish_complete_suffix .ini
end

function __cgward_directory
    __fish_complete_directories
end

# As if the program stood alone.
function __cgward_program
    set -l words (__cgward_words)
    complete -C "$(string join ' ' -- (string escape -- $words[2..-1]) (commandline -ct))"
end

# Below the cgroup2 mount, as cgward takes them.
function __cgward_cgroup
    set -l mount (string match -rg '^\S+ (\S+) cgroup2 ' </proc/self/mounts)
    set -l typed (string trim -l -c / -- (commandline -ct))
    test -n "$mount[1]"; or return
    for directory in $mount[1]/$typed*/
        string replace -- $mount[1] '' $directory
    end
end
