# The agent: writes down when it begins and ends, works for a while, and leaves one changed file.
printf 'begin %s %s\n' "$1" "$$" >>"$3"
sleep "$2"
printf '%s\n' "$1" >fixed.txt
printf 'end %s %s\n' "$1" "$$" >>"$3"
