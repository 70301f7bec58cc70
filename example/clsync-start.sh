#!/usr/bin/env bash
# Starts clsync in the foreground on example/testdir/from; clsync-actionscript.sh keeps
# example/testdir/to equal to it. Further arguments go to clsync: clsync-start.sh --debug
#
#   CLSYNC_EXAMPLE_DIR   another directory than example/testdir
set -eu

here=$(cd -- "$(dirname -- "$0")" && pwd)
dir=${CLSYNC_EXAMPLE_DIR:-$here/testdir}
mkdir -p -- "$dir/from" "$dir/to" "$dir/lists"
# Clsync refuses lists that others could change.
chmod 700 -- "$dir/lists"
dir=$(cd -- "$dir" && pwd)
export CLSYNC_EXAMPLE_DIR=$dir

cat >&2 <<TEXT
Watching $dir/from
Make, change, rename and delete files there: about two seconds later
         $dir/to   is the same.
Pending: sqlite3 -readonly $dir/clsync.db 'SELECT * FROM pending'
Stop:    Ctrl-C (or kill -9: the next start goes on where this one was)

TEXT

exec node "$here/../bin/clsync.js" \
  --label example \
  --collectdelay 1 --commondelay 1 --bigfilecollectdelay 5 \
  --outlistsdir "$dir/lists" \
  --db "$dir/clsync.db" \
  "$@" \
  "$dir/from" "$here/clsync-actionscript.sh" "$here/rules"
