#!/usr/bin/env bash
# Runs every fuzz target for a bounded time. Usage: tools/fuzz.sh SECONDS-PER-TARGET
# Needs a nightly toolchain and cargo-fuzz; where they are absent the same bodies have run over
# seeds and mutations in `cargo test` already, and this says so.
set -euo pipefail
seconds=${1:-5}
cd "$(dirname "$0")/.."
if ! cargo +nightly --version >/dev/null 2>&1; then
    echo "fuzz: no nightly toolchain; the bounded mutation run of 'cargo test' stands in"
    exit 0
fi
if ! cargo fuzz --version >/dev/null 2>&1; then
    cargo install --quiet cargo-fuzz --version 0.13.2 || {
        echo "fuzz: cargo-fuzz could not be installed; the mutation run of 'cargo test' stands in"
        exit 0
    }
fi
cargo +nightly fuzz build --release >/dev/null 2>&1 || cargo +nightly fuzz build --release
for target in $(cargo +nightly fuzz list); do
    mkdir -p "fuzz/corpus/$target"
    seeds=()
    [ -d "fuzz/seeds/$target" ] && seeds=("fuzz/seeds/$target")
    echo "fuzz: $target for $seconds s"
    cargo +nightly fuzz run --release "$target" "fuzz/corpus/$target" "${seeds[@]}" -- \
        -max_total_time="$seconds" -rss_limit_mb=2048 -timeout=10 -print_final_stats=0 \
        >"build/fuzz-$target.log" 2>&1 || { tail -40 "build/fuzz-$target.log"; exit 1; }
done
