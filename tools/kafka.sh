#!/usr/bin/env bash
# Copies the jars of Apache Kafka that tests start a broker with; says so where that is not possible.
# Usage: tools/kafka.sh FOLDER
set -euo pipefail
here=$(dirname "$0")
command -v java >/dev/null || "$here/debian.sh" openjdk-17-jre-headless
command -v mvn >/dev/null || "$here/debian.sh" maven
if ! command -v java >/dev/null || ! command -v mvn >/dev/null; then
    echo "no Java or Maven: tests that need Apache Kafka will say so and skip" >&2
    exit 0
fi
mkdir -p "$1"
mvn -q -B -f "$here/kafka/pom.xml" dependency:copy-dependencies -DincludeScope=runtime \
    -DoutputDirectory="$(realpath "$1")" >/dev/null ||
    echo "the jars of Apache Kafka could not be had: tests that need them will skip" >&2
