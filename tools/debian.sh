#!/usr/bin/env bash
# Installs Debian packages that are missing, where that is possible; says so where it is not.
# Usage: tools/debian.sh PACKAGE...
set -euo pipefail
missing=()
for package in "$@"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' ||
        missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0
if ! command -v apt-get >/dev/null || [ "$(id -u)" -ne 0 ]; then
    echo "not installed, tests that need them will say so and skip: ${missing[*]}" >&2
    exit 0
fi
export DEBIAN_FRONTEND=noninteractive
# One at a time: set-up goes on side by side, and apt-get does not wait for another.
exec 9<"$0"
flock 9
apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null 2>&1 ||
    { apt-get update -qq && apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null; } ||
    echo "could not be installed, tests that need them will say so and skip: ${missing[*]}" >&2
