#!/usr/bin/env bash
# An action script that keeps a mirror: what clsync tells of `from` is done to `to`.
#
#   clsync-actionscript.sh initialsync LABEL DIR           make all of `to` like DIR
#   clsync-actionscript.sh sync LABEL EVMASK PATH          make this one path alike
#   clsync-actionscript.sh synclist LABEL LISTFILE         make every path of the list alike;
#                                                          its lines: sync LABEL EVMASK PATH
#
# It does not ask what happened (EVMASK) but looks what is there now, so that it may be told late,
# twice or too much. Exit 0 means that all of it is done; after anything else clsync tells it again.
# Links are copied, never followed, neither in `from` nor in `to`.
#
#   CLSYNC_EXAMPLE_DIR    directory of `from` and `to`; default: testdir beside this script
#   CLSYNC_EXAMPLE_TO     `to` itself
#   CLSYNC_EXAMPLE_COPY   rsync, or coreutils (with GNU tar); default: rsync where it is installed
#
# To use it for something else: set `from` to the watch directory, letter for letter as on the
# command line of clsync, and `to` to the target. Needs bash 4.4.
set -fuo pipefail
# Names are bytes.
export LC_ALL=C
unset CDPATH

here=$(cd -- "$(dirname -- "$0")" && pwd) || exit 1
from=${CLSYNC_EXAMPLE_DIR:-$here/testdir}/from
to=${CLSYNC_EXAMPLE_TO:-${CLSYNC_EXAMPLE_DIR:-$here/testdir}/to}
method=${CLSYNC_EXAMPLE_COPY:-$(command -v rsync >/dev/null && echo rsync || echo coreutils)}

# What the rules file rejects, for the initial copy, where clsync names no single paths.
unwatched_rsync=(--include='*~/' --exclude='*~' --exclude='.git/')
unwatched_find=('(' -type d -name .git ')' -o '(' ! -type d -name '*~' ')')

# A copy that ended with this could not read all it should, perhaps because it was gone.
partial=23

main() {
  enter_directories
  case ${1-}:$# in
    initialsync:3) initialsync "$3" ;;
    sync:4) sync "$4" ;;
    synclist:3) synclist "$3" ;;
    *) fail "usage: $0 initialsync LABEL DIR | sync LABEL EVMASK PATH | synclist LABEL LISTFILE" ;;
  esac
}

fail() {
  printf '%s\n' "$1" >&2
  exit 1
}

# From here on paths below `from` are relative, and `to` is absolute.
enter_directories() {
  [[ $method == rsync || $method == coreutils ]] || fail "CLSYNC_EXAMPLE_COPY: rsync or coreutils, not $method"
  # A target that is not there fails, so that nothing counts as done. An unmounted mount point is there,
  # and empty; if `to` is one:  mountpoint -q -- "$to" || fail "$to is not mounted"
  to=$(cd -- "$to" && pwd) || fail "$to is missing: make or mount it"
  # Without the source everything would look deleted.
  cd -- "$from" || fail "$from is gone: nothing is done"
}

# ---- the three ways to be told

initialsync() {
  [[ $1 == "$from" ]] || fail "asked for $1, but this script copies $from"
  twice_if_partial "initialsync_$method"
}

sync() {
  told_of "$1"
  twice_if_partial sync_told
}

synclist() {
  local lines
  mapfile -t lines <"$1" || fail "cannot read $1"
  ((${#lines[@]} > 0)) || fail "$1 is empty"
  told_of "${lines[@]#sync * * }"
  twice_if_partial sync_told
}

# Cuts off the watch directory; what is left of itself is a dot.
told_of() {
  told=()
  local path
  for path; do
    case $path in
      "$from") told+=(.) ;;
      "$from"/*) told+=("${path#"$from"/}") ;;
      *) fail "told of $path, which is not below $from" ;;
    esac
  done
}

# What vanished between a look and the copy is known to be gone at a second look; what fails then
# has really failed.
twice_if_partial() {
  "$1"
  local status=$?
  ((status == partial)) || return "$status"
  "$1"
}

# ---- told paths: look, remove, copy

sync_told() {
  remove=() copy=() root='' stop=''
  local -A walked=()
  local path
  for path in "${told[@]}"; do look_at "$path"; done
  # Removing comes first: a file makes room for a directory of its name.
  if ((${#remove[@]} > 0)); then remove_all "${remove[@]}" || return 1; fi
  if ((${#copy[@]} > 0)); then "copy_$method" "${copy[@]}" || return; fi
  if [[ -n $root ]]; then "copy_root_$method"; fi
}

# Decides what is to be done about one path.
look_at() {
  [[ -n $stop && $1 == "$stop"/* ]] && return
  if [[ $1 == . ]]; then
    root=yes
    return
  fi
  find_entry "$1"
  if [[ ! -e $entry && ! -L $entry ]]; then
    remove+=("$entry")
    return
  fi
  if is_directory "$entry"; then
    is_other "$to/$entry" && remove+=("$entry")
  elif [[ -S $entry ]] || is_directory "$to/$entry"; then
    # Sockets too, because tar leaves them out.
    remove+=("$entry")
  fi
  copy+=("$entry")
}

# Walks down to the path $1 and sets `entry` to it, or to the first name on the way that is no
# directory now: then that is to be done, and what was below it is gone, even if a link leads to
# something of the same name. `walked` are the directories where walks ended well, from which others
# go on, `stop` is where the last one did not.
find_entry() {
  entry=$1
  [[ $entry == */* ]] || return 0
  local above=${entry%/*} directory='' rest=$1
  while [[ -z ${walked["$above"]-} && $above == */* ]]; do above=${above%/*}; done
  if [[ -n ${walked["$above"]-} ]]; then directory=$above/ rest=${entry#"$above"/}; fi
  while [[ $rest == */* ]]; do
    directory+=${rest%%/*} rest=${rest#*/}
    if ! is_directory "$directory"; then
      entry=$directory stop=$directory
      return
    fi
    # Not to be allowed to look is not to see that something is gone.
    [[ -x $directory ]] || fail "cannot look into $from/$directory"
    make_way "$to/$directory"
    copy+=("$directory")
    walked["$directory"]=yes
    directory+=/
  done
}

# Removes what stands where a directory of the target has to be, above all a link out of it, and
# makes the directory writable; its mode will be copied.
make_way() {
  if is_other "$1"; then rm -f -- "$1" || fail "cannot remove $1"; fi
  if [[ -d $1 && ! -w $1 ]]; then chmod u+rwx -- "$1" || fail "cannot write to $1"; fi
}

is_directory() {
  [[ -d $1 && ! -L $1 ]]
}

# Says whether something is there that is no directory.
is_other() {
  [[ -L $1 ]] || [[ -e $1 && ! -d $1 ]]
}

remove_all() {
  in_target 'rm -rf -- "$@"' "$@" 2>/dev/null && return
  # A directory that may not be written to keeps what is in it.
  in_target 'find "$@" -type d ! -perm -u=rwx -exec chmod u+rwx {} \;' "$@" 2>/dev/null
  in_target 'rm -rf -- "$@"' "$@"
}

# Runs a line of shell in the target with the names as "$@", as often as their number needs.
in_target() {
  local line=$1
  shift
  printf './%s\0' "$@" | (cd -- "$to" && xargs -0 sh -c "$line" sh)
}

# ---- with rsync

initialsync_rsync() {
  # Files of equal size and time may differ all the same; leave out --checksum if yours do not.
  run_rsync --checksum --delete --force "${unwatched_rsync[@]}" ./ "$to/"
}

# Directories are copied without what is in them. For what vanishes now: --delete-missing-args.
# Without ./ rsync takes names that begin with # or ; for comments.
copy_rsync() {
  printf './%s\0' "$@" | run_rsync --ignore-times --from0 --files-from=- \
    --delete-missing-args --force ./ "$to/"
}

copy_root_rsync() {
  run_rsync --exclude='*' ./ "$to/"
}

run_rsync() {
  rsync --archive --timeout=600 "$@"
  local status=$?
  # 24: files vanished while they were copied. Clsync will tell of that.
  ((status == 24)) && return 0
  return "$status"
}

# ---- with coreutils, findutils and tar

# Tells itself of everything that is in the source or the target.
initialsync_coreutils() {
  local names status
  names=$(mktemp) || return 1
  { find_watched && (cd -- "$to" && find_watched); } | sort -zu >"$names"
  status=$?
  mapfile -t -d '' told <"$names"
  rm -f -- "$names"
  ((status == 0)) || return "$partial"
  told=("${told[@]#./}")
  sync_told
}

find_watched() {
  find . '(' "${unwatched_find[@]}" ')' -prune -o -print0
}

# pax keeps times to the nanosecond.
copy_coreutils() {
  printf '%s\0' "${@/#/./}" | sort -zu |
    tar --create --format=pax --numeric-owner --no-recursion --null --files-from=- |
    tar --extract --preserve-permissions --numeric-owner --directory="$to"
  local status=("${PIPESTATUS[@]}")
  ((status[1] == 0 && status[3] == 0)) || return 1
  # 1: files vanished or changed while they were copied. Clsync will tell of that.
  ((status[2] <= 1)) || return "$partial"
}

copy_root_coreutils() {
  copy_coreutils .
}

main "$@"
