#!/bin/sh
# Starts @NAME@ @VERSION@. Needs nothing but Java 25, which lies in jre/ where it was included.
#   bin/start [OPTIONS]    runs the bundle; see README.txt
#   bin/start --prepare    makes an archive of classes for this device, so that later starts take half as long
set -eu
self=$0
if [ -L "$self" ]; then self=$(readlink -f -- "$self"); fi
home=$(CDPATH='' cd -- "$(dirname -- "$self")/.." && pwd -P)

fail() {
    printf 'start: %s\n' "$1" >&2
    printf '  try: %s\n' "$2" >&2
    exit 4
}

machine=$(uname -m)
if [ "$(uname -s)" != Linux ] || [ "$machine" != @MACHINE@ ]; then
    fail "this folder is for @PLATFORM@, and this machine is $(uname -s) $machine" "skerry pack --standalone for this machine"
fi

# prints the major version of a java, or nothing
major() {
    "$1" -version 2>&1 | sed -n 's/^[^"]*version "\([0-9]*\).*/\1/p' | head -n 1
}

java=$home/jre/bin/java
if [ ! -x "$java" ]; then
    java=
    found=
    for candidate in "${JAVA_HOME:-/nonexistent}/bin/java" "$(command -v java || true)"; do
        if [ -n "$candidate" ] && [ -x "$candidate" ]; then
            version=$(major "$candidate")
            if [ "${version:-0}" -ge 25 ]; then java=$candidate; break; fi
            found="$found $candidate (${version:-unknown})"
        fi
    done
    if [ -z "$java" ]; then
        fail "no Java 25 here${found:+; found only$found}" "installing a JDK 25, setting JAVA_HOME, or packing with --jdk DIR"
    fi
fi

# ONNX Runtime uploads nothing where this is set before it starts
export ORT_DISABLE_TELEMETRY=1
# one pool of memory for all threads: fewer pages
export MALLOC_ARENA_MAX="${MALLOC_ARENA_MAX:-1}"

# the archive of classes that came along, or else the one that --prepare made here
cache=${XDG_CACHE_HOME:-${HOME:-/nonexistent}/.cache}
made=$cache/skerry-@NAME@.aot
if [ -r "$home/start.jsa" ]; then
    archive=-XX:SharedArchiveFile=$home/start.jsa
elif [ -r "$made" ] && [ "$made" -nt "$self" ]; then
    archive=-XX:AOTCache=$made
else
    archive=-Xshare:auto
fi
if [ "${1:-}" = --prepare ]; then
    case $archive in
        -Xshare:auto) ;;
        *) exit 0 ;;
    esac
    shift
    mkdir -p "$cache" || fail "no place for the archive of classes" "XDG_CACHE_HOME with a folder that can be written to"
    archive=-XX:AOTCacheOutput=$made
    set -- --train "$cache/skerry-@NAME@.decisions" "$@"
fi

# the JVM's pauses, by which a missed deadline is explained; in memory where that is to be had
pauses=/dev/shm
if [ ! -w "$pauses" ]; then pauses=${TMPDIR:-/tmp}; fi
log=
if [ -w "$pauses" ]; then log=$pauses/skerry-@NAME@-%p.log; fi
# Those of processes that were killed or crashed are taken away: a service that is started again and again would fill the memory.
# A damaged archive of classes crashes the JVM. To look at all of it takes a tenth of the start, so that is done after such an end only;
# then the archive is left aside.
verify=
for old in "$pauses"/skerry-@NAME@-*.log "$pauses"/skerry-@NAME@-*.log.0; do
    process=${old#"$pauses/skerry-@NAME@-"}
    process=${process%%.*}
    case $process in
        '' | *[!0-9]*) ;;
        *)
            if [ ! -d "/proc/$process" ]; then
                verify=-XX:+VerifySharedSpaces
                rm -f -- "$old" 2> /dev/null || true
            fi
            ;;
    esac
done

exec "$java" \
    @OPTIONS@ \
    "$archive" ${verify:+"$verify"} \
    ${log:+"-Xlog:safepoint:file=$log:timenanos:filecount=1,filesize=4m"} ${log:+"-Dskerry.safepoints=$log"} \
    @PROGRAM@ "$@"
