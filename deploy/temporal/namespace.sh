#!/bin/sh
# Makes the namespace and its search attributes; run again, it changes nothing.
set -eu
temporal operator namespace describe --namespace patchline >/dev/null 2>&1 ||
  temporal operator namespace create --namespace patchline --retention 90d
for name in PatchId Category Environment Stage Machine; do
  temporal operator search-attribute list --namespace patchline | grep -q "$name" ||
    temporal operator search-attribute create --namespace patchline --name "$name" --type Keyword
done
