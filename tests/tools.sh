#!/usr/bin/env bash
# Programs some tests drive: a browser, PDF text and pictures, a spreadsheet and a word processor. Installed where we may; otherwise the
# tests that need them are skipped and the count is said aloud.
set -u
declare -A package_of=([chromium]=chromium [pdftotext]=poppler-utils [soffice]=libreoffice-calc-nogui)
missing=()
for program in "${!package_of[@]}"; do
    command -v "$program" >/dev/null 2>&1 || missing+=("${package_of[$program]}")
done
[ -e /usr/lib/libreoffice/program/libswlo.so ] || missing+=(libreoffice-writer-nogui)
[ ${#missing[@]} -eq 0 ] && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    export DEBIAN_FRONTEND=noninteractive
    { apt-get update -qq && apt-get install -y -qq --no-install-recommends "${missing[@]}"; } >/dev/null 2>&1 && exit 0
fi
echo "Not installed: ${missing[*]}. Tests that need them will be skipped and counted."
exit 0
