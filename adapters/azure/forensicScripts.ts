// Read-only scripts that look for traces of a compromise, for Run Command. They keep their text in a file of their own while its pages are
// read, since what runs is another thing a minute later; the last page removes it. No command lines: those hold passwords.

import { linuxCapture, windowsCapture } from './captureScripts.js';

const windows = String.raw`# patchline-verb: forensics/1
param([string]$capture = '', [string]$offset = '0')
$ErrorActionPreference = 'Stop'; $ProgressPreference = 'SilentlyContinue'
[Console]::OutputEncoding = [Text.UTF8Encoding]::new($false)
if ($capture -notmatch '^[0-9a-f]{12}$') { throw 'the capture has no name' }
$file = Join-Path ([IO.Path]::GetTempPath()) "patchline-$capture.b64"
$from = [int]$offset
function One([string]$text) { $line = ($text -replace '[\x00-\x08\x0a-\x1f]', ' ').Trim(); $line.Substring(0, [Math]::Min(200, $line.Length)) }
$script:lines = [Collections.Generic.List[string]]::new(); $script:chars = 0
function Section([string]$name, [int]$most, [scriptblock]$work) {
  try { $found = @(& $work) } catch { $found = @(); $script:lines.Add((One "problem~t$name~t$($_.Exception.Message)".Replace('~t', [string][char]9))) }
  $cut = 0; $n = 0
  foreach ($text in $found) {
    if ($n -ge $most -or $script:chars -gt 100000) { $cut++; continue }
    $line = One "$name$([char]9)$text"; $script:lines.Add($line); $script:chars += $line.Length; $n++
  }
  if ($cut -gt 0) { $script:lines.Add("cut$([char]9)$name$([char]9)$cut") }
}
if ($from -eq 0 -or -not (Test-Path -LiteralPath $file)) {
  $tab = [string][char]9
  Section 'taken' 1 { "$([DateTime]::UtcNow.ToString('o'))$tab$env:COMPUTERNAME" }
  Section 'process' 400 { Get-CimInstance Win32_Process | Sort-Object ProcessId | ForEach-Object { @($_.ProcessId, $_.ParentProcessId, $(if ($_.CreationDate) { $_.CreationDate.ToUniversalTime().ToString('s') } else { '' }), $_.Name, $_.ExecutablePath) -join $tab } }
  Section 'listener' 300 { Get-NetTCPConnection -State Listen | Sort-Object LocalPort, LocalAddress | ForEach-Object { @('tcp', $_.LocalAddress, $_.LocalPort, $_.OwningProcess) -join $tab }; Get-NetUDPEndpoint | Sort-Object LocalPort, LocalAddress | ForEach-Object { @('udp', $_.LocalAddress, $_.LocalPort, $_.OwningProcess) -join $tab } }
  Section 'autorun' 300 {
    foreach ($key in 'HKLM:\SOFTWARE\Microsoft\Windows\CurrentVersion\Run', 'HKLM:\SOFTWARE\Microsoft\Windows\CurrentVersion\RunOnce', 'HKLM:\SOFTWARE\WOW6432Node\Microsoft\Windows\CurrentVersion\Run') {
      if (Test-Path $key) { (Get-Item $key).Property | ForEach-Object { @('registry', $_, (Get-ItemPropertyValue $key $_)) -join $tab } }
    }
    Get-ScheduledTask | Where-Object { $_.TaskPath -notlike '\Microsoft\*' } | ForEach-Object { @('task', "$($_.TaskPath)$($_.TaskName)", "$($_.State)", (@($_.Actions | ForEach-Object { $_.Execute }) -join ', ')) -join $tab }
    Get-CimInstance Win32_Service -Filter "StartMode = 'Auto'" | Sort-Object Name | ForEach-Object { @('service', $_.Name, $_.State, $_.StartName, $_.PathName) -join $tab }
  }
  Section 'logon' 100 { Get-WinEvent -FilterHashtable @{ LogName = 'Security'; Id = 4624, 4625 } -MaxEvents 1000 | Where-Object { $_.Properties[$(if ($_.Id -eq 4624) { 8 } else { 10 })].Value -in 2, 3, 10 } | ForEach-Object { $at = $(if ($_.Id -eq 4624) { 8, 18 } else { 10, 19 }); @($_.Id, $_.TimeCreated.ToUniversalTime().ToString('s'), $_.Properties[6].Value, $_.Properties[5].Value, $_.Properties[$at[0]].Value, $_.Properties[$at[1]].Value) -join $tab } }
  $script:lines.Add('end')
${windowsCapture}`;

const linux = String.raw`# patchline-verb: linux-forensics/1
set -eu
export LC_ALL=C.UTF-8
capture="~{capture:-}"; offset="~{offset:-0}"
case "$capture" in ''|*[!0-9a-f]*) echo 'the capture has no name' >&2; exit 1;; esac
# Root's own folder where we are root, as Run Command is.
folder=/run; [ -w "$folder" ] || folder="~{TMPDIR:-/tmp}"
file="$folder/patchline-$capture.b64"
section() { # name, most lines; the lines come by standard input
  tr '\000-\010\013-\037' ' ' | cut -c1-200 | awk -v name="$1" -v most="$2" '{ if (NR <= most) printf "%s\t%s\n", name, $0 } END { if (NR > most) printf "cut\t%s\t%d\n", name, NR - most }'
}
if [ "$offset" = 0 ] || [ ! -f "$file" ]; then
  umask 077
  {
    printf '%s\t%s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$(uname -n)" | section taken 1
    ps -eo pid=,ppid=,user=,lstart=,comm= | section process 400 || true
    { command -v ss >/dev/null 2>&1 && ss -Hltunp || netstat -ltunp 2>/dev/null || true; } | section listener 300
    {
      systemctl list-unit-files --state=enabled --no-legend --no-pager 2>/dev/null | sed 's/^/unit\t/' || true
      systemctl list-timers --all --no-legend --no-pager 2>/dev/null | sed 's/^/timer\t/' || true
      for one in /etc/crontab /etc/cron.d/* /var/spool/cron/* /var/spool/cron/crontabs/*; do [ -f "$one" ] && sed "s|^|cron\t$one\t|" "$one" | grep -v '\t#' || true; done
    } | section autorun 300
    { last -w -n 100 2>/dev/null || true; } | sed '/^$/d' | section logon 100
  } | head -c 120000 > "$file.text"
  printf '\nend\n' >> "$file.text"
  gzip -n -c "$file.text" | base64 -w0 > "$file"; rm -f "$file.text"
fi
${linuxCapture}`.replaceAll('~{', '${');

export const forensicScripts: Readonly<Record<string, string>> = {
  'forensics/1': windows,
  'linux-forensics/1': linux,
};
