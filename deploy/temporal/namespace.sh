#!/bin/sh
# Makes the namespace and its search attributes; run again, it changes nothing.
set -eu
temporal operator namespace describe --namespace patchline >/dev/null 2>&1 ||
  temporal operator namespace create --namespace patchline --retention 90d
attribute() {
  temporal operator search-attribute list --namespace patchline | grep -q "$1" ||
    temporal operator search-attribute create --namespace patchline --name "$1" --type "$2"
}
for name in PatchId Category Environment Stage Machine Tier; do
  attribute "$name" Keyword
done
attribute DueAt Datetime
