// What a guest is probed with, by Run Command: ports, checks by HTTP, errors of its log, counters, and scripts of the team. `ask` says which,
// in parts `kind:value:…` between commas, texts in base64. The answer is kept in a file while its pages are read, as evidence is.

import { linuxCapture, windowsCapture } from './captureScripts.js';

const windows = String.raw`# patchline-verb: guest-probe/1
param([string]$capture = '', [string]$offset = '0', [string]$ask = '')
$ErrorActionPreference = 'Stop'; $ProgressPreference = 'SilentlyContinue'
[Console]::OutputEncoding = [Text.UTF8Encoding]::new($false)
if ($capture -notmatch '^[0-9a-f]{12}$') { throw 'the capture has no name' }
$file = Join-Path ([IO.Path]::GetTempPath()) "patchline-probe-$capture.b64"
$from = [int]$offset
$script:lines = [Collections.Generic.List[string]]::new()
function One([string]$text, [int]$most) { $line = ($text -replace '[\x00-\x1f]', ' ').Trim(); $line.Substring(0, [Math]::Min($most, $line.Length)) }
function Say { $script:lines.Add($args -join [char]9) }
function Decoded([string]$text) { [Text.Encoding]::UTF8.GetString([Convert]::FromBase64String($text)) }
function Rounded($value) { ([Math]::Round([double]$value, 1)).ToString([Globalization.CultureInfo]::InvariantCulture) }
function Read-Errors([hashtable]$when) {
  try { @(Get-WinEvent -FilterHashtable (@{ LogName = 'System', 'Application'; Level = 1, 2 } + $when) -MaxEvents 5001 -ErrorAction Stop) }
  catch { if ($_.FullyQualifiedErrorId -notlike 'NoMatchingEventsFound*') { throw }; @() }
}
function Probe-Errors([string]$since) {
  try {
    if ($since -eq '0') { $events = @(Read-Errors @{ StartTime = (Get-Date).AddDays(-1) }) + @(Read-Errors @{ StartTime = $boot; EndTime = $boot.AddMinutes(15) }) }
    else { $events = @(Read-Errors @{ StartTime = [DateTimeOffset]::FromUnixTimeSeconds([long]$since).LocalDateTime }) }
    $kinds = @($events | Group-Object { "$($_.ProviderName) $($_.Id)" })
    if ($events.Count -gt 5000 -or $kinds.Count -gt 300) { Say 'errors' 'cut' "$($events.Count) errors of $($kinds.Count) kinds"; return }
    foreach ($kind in $kinds) { Say 'error' $kind.Count (One $kind.Name 200) (One "$($kind.Group[0].Message)" 200) }
    Say 'errors' 'ok' ''
  } catch { Say 'errors' 'problem' (One $_.Exception.Message 200) }
}
# Windows Server 2016 has no curl: there the checks stay unasked, which is told as unknown.
function Probe-Http([string]$name, [string]$url, [string]$text) {
  $curl = Join-Path $env:SystemRoot 'System32\curl.exe'
  if (-not (Test-Path $curl)) { return }
  $body = Join-Path $work 'body'; $said = Join-Path $work 'said'
  [IO.File]::WriteAllText($body, ''); [IO.File]::WriteAllText($said, '')
  $status = "$(& $curl -sS -k -m 10 --noproxy '*' --max-filesize 2000000 --stderr $said -o $body -w '%{http_code}' $url)"
  if ($LASTEXITCODE -ne 0 -or $status -eq '000') { $status = '' }
  $found = $text -eq '' -or [IO.File]::ReadAllText($body).Contains((Decoded $text))
  Say 'http' $name $status ("$found".ToLower()) (One ([IO.File]::ReadAllText($said)) 200)
}
function Probe-Counters {
  try {
    Say 'processor' (Rounded (Get-CimInstance Win32_Processor | Measure-Object LoadPercentage -Average).Average)
    Say 'memory' (Rounded ((Get-CimInstance Win32_OperatingSystem).FreePhysicalMemory / 1024))
    Get-CimInstance Win32_LogicalDisk -Filter 'DriveType = 3' | Where-Object { $_.Size } | ForEach-Object { Say 'disk' $_.DeviceID (Rounded (100 * $_.FreeSpace / $_.Size)) }
    Say 'disks' 'ok' ''
  } catch { Say 'problem' 'counters' (One $_.Exception.Message 200) }
}
function Probe-Script([string]$name, [int]$seconds, [string]$text) {
  $run = Join-Path $work 'run.ps1'; $out = Join-Path $work 'out'; $err = Join-Path $work 'err'; $quote = [char]34
  [IO.File]::WriteAllText($run, (Decoded $text), [Text.UTF8Encoding]::new($true))
  $code = ''; $problem = ''
  try {
    $process = Start-Process powershell.exe -ArgumentList '-NoProfile', '-NonInteractive', '-ExecutionPolicy', 'Bypass', '-File', "$quote$run$quote" -PassThru -NoNewWindow -RedirectStandardOutput $out -RedirectStandardError $err
    # Without its handle taken early, an ended process has no exit code.
    $null = $process.Handle
    if ($process.WaitForExit($seconds * 1000)) { $code = $process.ExitCode }
    else { $problem = "it was stopped after $seconds s"; try { taskkill.exe /T /F /PID $process.Id | Out-Null } catch { } }
  } catch { $problem = One $_.Exception.Message 200 }
  $bytes = [byte[]]::new(0); $size = 0
  foreach ($one in $out, $err) {
    if (-not (Test-Path $one)) { continue }
    $stream = [IO.File]::Open($one, 'Open', 'Read', 'ReadWrite'); $size += $stream.Length
    $part = [byte[]]::new([Math]::Min(2000 - $bytes.Length, $stream.Length)); [void]$stream.Read($part, 0, $part.Length); $stream.Close(); $bytes += $part
  }
  Say 'script' $name $code $size $problem ([Convert]::ToBase64String($bytes))
}
if ($from -eq 0 -or -not (Test-Path -LiteralPath $file)) {
  $work = Join-Path ([IO.Path]::GetTempPath()) "patchline-probe-$([Guid]::NewGuid())"
  [void](New-Item -ItemType Directory $work)
  try {
    $boot = (Get-CimInstance Win32_OperatingSystem).LastBootUpTime
    Say 'at' ([DateTime]::UtcNow.ToString('s') + 'Z')
    Say 'booted' ($boot.ToUniversalTime().ToString('s') + 'Z')
    foreach ($part in $ask -split ',') {
      $asked = $part -split ':'
      switch ($asked[0]) {
        'ports' { try { Get-NetTCPConnection -State Listen | ForEach-Object { $_.LocalPort } | Sort-Object -Unique | ForEach-Object { Say 'port' $_ }; Say 'ports' 'ok' '' } catch { Say 'ports' 'problem' (One $_.Exception.Message 200) } }
        'http' { Probe-Http $asked[1] (Decoded $asked[2]) $asked[3] }
        'errors' { Probe-Errors $asked[1] }
        'counters' { Probe-Counters }
        'script' { Probe-Script $asked[1] ([int]$asked[2]) $asked[3] }
      }
    }
    Say 'end'
  } finally { Remove-Item -LiteralPath $work -Recurse -Force -ErrorAction SilentlyContinue }
${windowsCapture}`;

/**
 * Errors of the journal by unit and by the shape of the message: numbers, and what stands in quotes, change from one to the next.
 * Before, those of the machine's start are read too: they come back with the restart, and are nothing new then.
 */
const linux = String.raw`# patchline-verb: linux-probe/1
set -eu
export LC_ALL=C.UTF-8
capture="~{capture:-}"; offset="~{offset:-0}"; ask="~{ask:-}"
case "$capture" in ''|*[!0-9a-f]*) echo 'the capture has no name' >&2; exit 1;; esac
folder=/run; [ -w "$folder" ] || folder="~{TMPDIR:-/tmp}"
file="$folder/patchline-probe-$capture.b64"
decoded() { printf '%s' "$1" | base64 -d; }
one() { tr '\000-\037' ' ' | cut -c1-200; }
ports() {
  cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | awk '$4 == "0A" { split($2, p, ":"); print p[2] }' | sort -u > "$work/ports" || true
  if [ ! -r /proc/net/tcp ]; then printf 'ports\tproblem\t/proc/net/tcp cannot be read\n'; return; fi
  while read -r hex; do printf 'port\t%d\n' "0x$hex"; done < "$work/ports"
  printf 'ports\tok\t\n'
}
# Without curl the checks stay unasked, which is told as unknown.
http() {
  command -v curl >/dev/null 2>&1 || return 0
  : > "$work/body"; : > "$work/said"
  status=$(curl -sS -k -m 10 --noproxy '*' --max-filesize 2000000 -o "$work/body" -w '%{http_code}' "$(decoded "$2")" 2> "$work/said") || status=''
  if [ "$status" = 000 ]; then status=''; fi
  found=true
  if [ -n "$3" ] && ! grep -qF -e "$(decoded "$3")" "$work/body"; then found=false; fi
  printf 'http\t%s\t%s\t%s\t%s\n' "$1" "$status" "$found" "$(one < "$work/said")"
}
journal() { journalctl -q -p err -o short-unix --no-pager "$@" 2>/dev/null | head -n 5001; }
errors() {
  if ! journalctl -q -n 1 --no-pager >/dev/null 2>&1; then printf 'errors\tproblem\tthe journal cannot be read\n'; return; fi
  if [ "$1" = 0 ]; then
    { journal --since "@$((now - 86400))"; journal --since "@$booted" --until "@$((booted + 900))"; } > "$work/journal"
  else journal --since "@$1" > "$work/journal"; fi
  tr '\000-\010\013-\037\t' ' ' < "$work/journal" | awk '
    /^[0-9]/ {
      line = $0; sub(/^[0-9.]+ +[^ ]+ +/, "", line); at = index(line, ": "); if (!at) next
      unit = substr(line, 1, at - 1); sub(/\[[0-9]+\]$/, "", unit); said = substr(line, at + 2); shape = said
      gsub(/"[^"]*"/, "\"#\"", shape); gsub(/[0-9a-fA-F]*[0-9][0-9a-fA-F]*/, "#", shape); gsub(/#([-.:]#)+/, "#", shape)
      kind = substr(unit ": " shape, 1, 200); if (!(kind in count)) kinds++; count[kind]++; sample[kind] = substr(said, 1, 200)
    }
    END {
      if (NR > 5000 || kinds > 300) { printf "errors\tcut\t%d lines of %d kinds\n", NR, kinds; exit }
      for (kind in count) printf "error\t%d\t%s\t%s\n", count[kind], kind, sample[kind]
      printf "errors\tok\t\n"
    }'
}
load() { awk '/^cpu / { for (i = 2; i <= 9; i++) sum += $i; print $5 + $6, sum }' /proc/stat; }
counters() {
  first=$(load); sleep 2; second=$(load)
  printf '%s %s\n' "$first" "$second" | awk '$4 > $2 { printf "processor\t%.1f\n", 100 * (1 - ($3 - $1) / ($4 - $2)) }'
  awk '/^MemAvailable:/ { printf "memory\t%d\n", $2 / 1024 }' /proc/meminfo
  df -Pl -x tmpfs -x devtmpfs -x squashfs 2>/dev/null | awk 'NR > 1 && $2 > 0 && !($6 in seen) { seen[$6] = 1; printf "disk\t%s\t%.1f\n", $6, 100 * $4 / $2 }' || true
  printf 'disks\tok\t\n'
}
script() {
  decoded "$3" > "$work/run"
  { code=0; (cd / && timeout -k 5 "$2" sh "$work/run" </dev/null) || code=$?; printf '%s' "$code" > "$work/code"; } 2>&1 | { head -c 2000 > "$work/out"; wc -c > "$work/rest"; }
  code=$(cat "$work/code"); problem=''
  case "$code" in 124|137) code=''; problem="it was stopped after $2 s";; esac
  printf 'script\t%s\t%s\t%d\t%s\t%s\n' "$1" "$code" "$(($(wc -c < "$work/out") + $(cat "$work/rest")))" "$problem" "$(base64 -w0 < "$work/out")"
}
if [ "$offset" = 0 ] || [ ! -f "$file" ]; then
  umask 077
  work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
  now=$(date +%s); booted=$((now - $(cut -d. -f1 /proc/uptime)))
  {
    printf 'at\t%s\nbooted\t%s\n' "$(date -u -d "@$now" +%Y-%m-%dT%H:%M:%SZ)" "$(date -u -d "@$booted" +%Y-%m-%dT%H:%M:%SZ)"
    printf '%s\n' "$ask" | tr ',' '\n' > "$work/asked"
    while IFS=: read -r kind a b c <&3; do
      case "$kind" in
        ports) ports ;;
        http) http "$a" "$b" "$c" ;;
        errors) errors "$a" ;;
        counters) counters ;;
        script) script "$a" "$b" "$c" ;;
      esac
    done 3< "$work/asked"
    printf 'end\n'
  } > "$work/text"
  gzip -n -c "$work/text" | base64 -w0 > "$file"
fi
${linuxCapture}`.replaceAll('~{', '${');

export const probeScripts: Readonly<Record<string, string>> = {
  'guest-probe/1': windows,
  'linux-probe/1': linux,
};
