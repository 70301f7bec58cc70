#!/usr/bin/env bash
# Starts clsync in the foreground on example/testdir/from; clsync-actionscript.sh keeps
# example/testdir/to equal to it. Further arguments go to clsync: clsync-start.sh --debug
#
#   CLSYNC_EXAMPLE_DIR   another directory than example/testdir
#   CLSYNC_EXAMPLE_TO    another target than "to" in it
set -eu

here=$(cd -- "$(dirname -- "$0")" && pwd)
dir=${CLSYNC_EXAMPLE_DIR:-$here/testdir}
to=${CLSYNC_EXAMPLE_TO:-$dir/to}
mkdir -p -- "$dir/from" "$to" "$dir/lists"
# Clsync refuses lists that others could change.
chmod 700 -- "$dir/lists"
dir=$(cd -- "$dir" && pwd)
to=$(cd -- "$to" && pwd)
export CLSYNC_EXAMPLE_DIR=$dir CLSYNC_EXAMPLE_TO=$to

cat >&2 <<TEXT
Watching $dir/from
Make, change, rename and delete files there: about two seconds later
         $to   is the same.
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
