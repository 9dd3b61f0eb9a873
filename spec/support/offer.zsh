# What zsh offers at the end of each line of the file $ASK, one a line in the file $OFFERS, with "> " before those of each,
# with the completion in the script $SCRIPT or in the directory $SITE. To be the .zshrc of a zsh on a terminal, which then
# ends: completion works in the line editor only.

[[ -z $SITE ]] || fpath=("$SITE" $fpath)
autoload -Uz compinit
compinit -D -u
[[ -z $SCRIPT ]] || source "$SCRIPT"

# Each match is added by compadd at last; with -O, -A and -D it only fills arrays.
compadd() {
  local -a offers
  if [[ -z ${(M)@[1,(i)(-|--)]:#-*[OAD]} ]]; then
    builtin compadd -O offers "$@"
    [[ -z $offers ]] || print -rl -- $offers >>"$OFFERS"
  fi
  builtin compadd "$@"
}

LISTMAX=1000 # shown without a question
zle -C offer list-choices _main_complete
zle-line-init() {
  for BUFFER in "${(@f)$(<$ASK)}"; do
    CURSOR=$#BUFFER
    print -r -- "> " >>"$OFFERS"
    zle offer
  done
  exit
}
zle -N zle-line-init
