#!/bin/sh
# Starts @NAME@ @VERSION@. Needs nothing but Java 25, which lies in jre/ where it was included.
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

java=
found=
for candidate in "$home/jre/bin/java" "${JAVA_HOME:-/nonexistent}/bin/java" "$(command -v java || true)"; do
    if [ -n "$candidate" ] && [ -x "$candidate" ]; then
        version=$(major "$candidate")
        if [ "${version:-0}" -ge 25 ]; then java=$candidate; break; fi
        found="$found $candidate (${version:-unknown})"
    fi
done
if [ -z "$java" ]; then
    fail "no Java 25 here${found:+; found only$found}" "installing a JDK 25, setting JAVA_HOME, or packing with --jdk DIR"
fi

# ONNX Runtime uploads nothing where this is set before it starts
export ORT_DISABLE_TELEMETRY=1

exec "$java" \
    -Djava.awt.headless=true \
    -Dskerry.home="$home" \
    -Donnxruntime.native.path="$home/native" \
    -Dskerry.tflite.library="$home/native/libtensorflowlite.so" \
    --enable-native-access=ALL-UNNAMED \
    --sun-misc-unsafe-memory-access=allow \
    -cp "$home/lib/*" \
    @MAIN@@ARGUMENTS@ "$@"
