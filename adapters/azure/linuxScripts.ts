// What Run Command runs in Linux guests, by the plain sh of each distribution. Run Command hands parameters over as variables.

/** Of the system: `id`, `version`, `running` and `next` kernel, whether it is attached to Ubuntu Pro. Texts without anything that JSON would mind. */
const systemFacts = String.raw`
safe() { tr -cd 'A-Za-z0-9.+~:^_@-'; }
ofRelease() { sed -n "s/^$1=//p" /etc/os-release | tail -n 1 | safe; }
id=$(ofRelease ID); version=$(ofRelease VERSION_ID); running=$(uname -r | safe)
next=''
if command -v grubby >/dev/null 2>&1; then next=$(grubby --default-kernel 2>/dev/null || true); fi
for link in /boot/vmlinuz /vmlinuz; do if [ -z "$next" ] && [ -L "$link" ]; then next=$(readlink "$link"); fi; done
if [ -z "$next" ]; then next=$(ls /boot/vmlinuz-* 2>/dev/null | grep -v rescue | sort -V | tail -n 1 || true); fi
next=$(printf '%s' "$next" | sed -n 's/^.*vmlinuz-//p' | safe)
pro=''
if [ "$id" = ubuntu ]; then if [ -e /var/lib/ubuntu-advantage/private/machine-token.json ]; then pro=true; else pro=false; fi; fi
`.trim();

/** rpm writes no epoch where there is none. */
const rpmVersion = String.raw`%|EPOCH?{%{EPOCH}:}:{}|%{VERSION}-%{RELEASE}`;

/** Older rpms know no modules, and refuse a question that names them. */
const rpmModule = String.raw`
stream='(none)'
if command -v rpm >/dev/null 2>&1 && rpm -q --qf '%{MODULARITYLABEL}' rpm >/dev/null 2>&1; then stream='%{MODULARITYLABEL}'; fi
`.trim();

/**
 * Facts of a Linux guest. Parameters: `services` and `packages`: names, comma-separated; `offset`: how many packages earlier pages told.
 * A package is `name version architecture source source-version module`: `=` where the source has the same, `(none)` where there is none.
 */
const linuxFacts = String.raw`# patchline-verb: linux-facts/1
set -eu
export LC_ALL=C
services="\${services:-}"; packages="\${packages:-}"; offset="\${offset:-0}"
${systemFacts}
pending=false
if [ -e /run/reboot-required ] || [ -e /var/run/reboot-required ] || [ -e /run/reboot-needed ]; then pending=true; fi
if [ -n "$next" ] && [ "$next" != "$running" ]; then pending=true; fi
if command -v needs-restarting >/dev/null 2>&1; then
  if needs-restarting -r 2>/dev/null | grep -q 'Reboot is required'; then pending=true; fi
fi
quoted() { if [ -n "$1" ]; then printf '"%s"' "$1"; else printf null; fi; }
states=''
for name in $(printf '%s' "$services" | tr ',' ' ' | tr -cd 'A-Za-z0-9.:_@ -'); do
  state=$(systemctl show -p LoadState -p ActiveState -- "$name" 2>/dev/null | tr '\n' ' ' || true)
  case $state in
    *LoadState=not-found*) continue ;;
    *ActiveState=active* | *ActiveState=reloading*) up=true ;;
    *ActiveState=*) up=false ;;
    *) continue ;;
  esac
  states="$states\${states:+,}{\"name\":\"$name\",\"running\":$up}"
done
asked=$(printf '%s' "$packages" | tr ',' ' ' | tr -cd 'A-Za-z0-9.+_ -')
manager=''
found() {
  if [ -z "$asked" ]; then return; fi
  if [ "$manager" = dpkg ]; then dpkg-query -W -f='\${db:Status-Status} \${Package} \${Version} \${Architecture} \${source:Package} \${source:Version} (none)\n' -- $asked 2>/dev/null | sed -n 's/^installed //p' || true
  elif [ "$manager" = rpm ]; then rpm -q --qf "%{NAME} ${rpmVersion} %{ARCH} %{SOURCERPM} = $stream\n" -- $asked 2>/dev/null || true
  fi | awk 'NF == 6 { if ($4 == $1) $4 = "="; if ($5 == $2) $5 = "="; print }'
}
${rpmModule}
if command -v dpkg-query >/dev/null 2>&1; then manager=dpkg; elif command -v rpm >/dev/null 2>&1; then manager=rpm; fi
lines=$(found | tr -cd 'A-Za-z0-9.+~:^_@=()\n -' | sort -u)
total=$(printf '%s' "$lines" | grep -c . || true)
page=$(printf '%s\n' "$lines" | awk -v offset="$offset" 'NF == 6 { if (n++ < offset) next; size += length($0) + 3; if (size > 2000) exit; printf "%s\"%s\"", (k++ ? "," : ""), $0 }')
printf '{"osVersion":"%s","installedKbs":[],"pendingReboot":%s,"services":[%s],"software":[],"linux":{"id":"%s","version":"%s","kernel":{"running":"%s","next":%s},"pro":%s,"packages":{"manager":%s,"total":%d,"offset":%d,"page":[%s]}}}\n' \
  "$version" "$pending" "$states" "$id" "$version" "$running" "$(quoted "$next")" "\${pro:-null}" "$(quoted "$manager")" "$total" "$offset" "$page"
`.replaceAll('\\$', '$');

/** Software, remembered updates, administrators, the system. Parameter `offset`: where in the packed text this page begins. */
const linuxInventory = String.raw`# patchline-verb: linux-inventory/1
set -eu
export LC_ALL=C.UTF-8
offset="\${offset:-0}"
one() { tr '\000-\010\013-\037' ' '; }
${systemFacts}
${rpmModule}
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
{
  printf 'system\t%s\t%s\t%s\t%s\t%s\n' "$id" "$version" "$running" "$next" "$pro"
  if command -v dpkg-query >/dev/null 2>&1; then
    # What was removed and left its configuration behind is not installed.
    dpkg-query -W -f='\${db:Status-Status}\tsoftware\tdpkg\t\${Package}\t\${Version}\t\${source:Package}\t\${source:Version}\t(none)\n' | sed -n 's/^installed\t//p' | one | sort -u
    # The log is written in the machine's own time.
    zcat -f /var/log/dpkg.log* 2>/dev/null | awk '$1 ~ /^[0-9]+-[0-9]+-[0-9]+$/ && $2 ~ /^[0-9]+:[0-9]+:[0-9]+$/ && $3 == "status" && $4 == "installed" && $6 != "" { split($5, p, ":"); print $1 " " $2 "\t" p[1] "=" $6 }' | sort -u | awk -F'\t' '!seen[$2]++' | tail -n 2000 > "$work/log" || true
    cut -f1 "$work/log" | date -f - +@%s 2>/dev/null | date -u -f - +%Y-%m-%dT%H:%M:%SZ > "$work/times" 2>/dev/null || true
    if [ "$(wc -l < "$work/times")" -ne "$(wc -l < "$work/log")" ]; then sed 's/.*//' "$work/log" > "$work/times"; fi
    cut -f2 "$work/log" | paste - "$work/times" | sed 's/^/update\t/' | sort -u
  elif command -v rpm >/dev/null 2>&1; then
    rpm -qa --qf "software\trpm\t%{NAME}\t${rpmVersion}\t%{SOURCERPM}\t=\t$stream\n" | one | sort -u
    rpm -qa --qf '%{INSTALLTIME} %{NAME}=${rpmVersion}\n' | sort -n | tail -n 2000 | while read -r at what; do printf 'update\t%s\t%s\n' "$what" "$(date -u -d "@$at" +%Y-%m-%dT%H:%M:%SZ)"; done
  fi
  getent group sudo wheel 2>/dev/null | cut -d: -f4 | tr ',' '\n' | sed '/^$/d; s/^/administrator\t/' | sort -u
  echo end
} > "$work/lines"
gzip -n -c "$work/lines" | base64 -w0 > "$work/packed"
total=$(wc -c < "$work/packed"); hash=$(sha256sum "$work/packed" | cut -d' ' -f1)
printf '{"total":%d,"offset":%d,"sha256":"%s","data":"%s"}\n' "$total" "$offset" "$hash" "$(tail -c +$((offset + 1)) "$work/packed" | head -c 2800)"
`.replaceAll('\\$', '$');

export const linuxScripts: Readonly<Record<string, string>> = {
  'linux-facts/1': linuxFacts,
  'linux-inventory/1': linuxInventory,
};
