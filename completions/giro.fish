# Completion of giro for fish. giro itself knows what may come next (`giro __complete`), from the ledger too: it gives
# up after 0.3 s and is silent about errors.

function __giro_complete
    set -l words (commandline --cut-at-cursor --tokenize --current-process)
    set -l current (commandline --cut-at-cursor --current-token | string unescape)
    for line in ($words[1] __complete $words[2..-1] "$current" 2>/dev/null)
        switch $line
            case \tpart
            case \tfiles
                __fish_complete_path "$current"
            case \tfolders
                __fish_complete_directories "$current" ''
            case '*'
                echo $line
        end
    end
end

complete --command giro --no-files --arguments '(__giro_complete)'
