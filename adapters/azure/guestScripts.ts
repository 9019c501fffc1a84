// What Run Command runs in guests. Each script names its verb in the first line and prints one line of JSON, under 3 kB.

import { forensicScripts } from './forensicScripts.js';
import { linuxScripts } from './linuxScripts.js';
import { probeScripts } from './probeScripts.js';

/** Facts of a guest. Parameter `services`: names, comma-separated. */
const guestFacts = String.raw`# patchline-verb: guest-facts/1
param([string]$services = '')
$ErrorActionPreference = 'Stop'; $ProgressPreference = 'SilentlyContinue'
[Console]::OutputEncoding = [Text.UTF8Encoding]::new($false)
$nt = Get-ItemProperty 'HKLM:\SOFTWARE\Microsoft\Windows NT\CurrentVersion'
$names = @($services -split ',' | Where-Object { $_ })
$found = @($names | ForEach-Object { Get-Service -Name $_ -ErrorAction SilentlyContinue } | ForEach-Object { [pscustomobject]@{ name = $_.Name; running = ($_.Status -eq 'Running') } })
$kbs = @(Get-HotFix | ForEach-Object { $_.HotFixID } | Where-Object { $_ -match '^KB\d+$' } | Select-Object -Last 60)
$pending = (Test-Path 'HKLM:\SOFTWARE\Microsoft\Windows\CurrentVersion\WindowsUpdate\Auto Update\RebootRequired') -or (Test-Path 'HKLM:\SOFTWARE\Microsoft\Windows\CurrentVersion\Component Based Servicing\RebootPending')
$software = @(Get-ItemProperty 'HKLM:\SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall\*' | Where-Object { $_.DisplayName } | Select-Object -First 15 | ForEach-Object { [pscustomobject]@{ name = [string]$_.DisplayName; version = [string]$_.DisplayVersion } })
[pscustomobject]@{ osVersion = '{0}.{1}.{2}.{3}' -f $nt.CurrentMajorVersionNumber, $nt.CurrentMinorVersionNumber, $nt.CurrentBuildNumber, $nt.UBR; installedKbs = $kbs; pendingReboot = $pending; services = $found; software = $software } | ConvertTo-Json -Depth 4 -Compress
`;

/** Software, remembered updates, administrators, definitions of Defender where it runs. Parameter `offset`: where in the packed text this page begins. */
const guestInventory = String.raw`# patchline-verb: guest-inventory/1
param([string]$offset = '0')
$ErrorActionPreference = 'Stop'; $ProgressPreference = 'SilentlyContinue'
[Console]::OutputEncoding = [Text.UTF8Encoding]::new($false)
function One([string]$text) { ($text -replace '[\x00-\x1f]', ' ').Trim() }
$lines = [Collections.Generic.List[string]]::new()
$keys = 'HKLM:\SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall\*', 'HKLM:\SOFTWARE\WOW6432Node\Microsoft\Windows\CurrentVersion\Uninstall\*'
Get-ItemProperty $keys -ErrorAction SilentlyContinue | Where-Object { $_.DisplayName } | ForEach-Object { "software\`tregistry\`t$(One $_.DisplayName)\`t$(One $_.DisplayVersion)" } | Sort-Object -Unique | ForEach-Object { $lines.Add($_) }
$seen = @{}
Get-HotFix | Where-Object { $_.HotFixID -match '^KB\d+$' } | ForEach-Object { $seen[$_.HotFixID] = $(if ($_.InstalledOn) { $_.InstalledOn.ToUniversalTime().ToString('o') } else { '' }) }
$searcher = (New-Object -ComObject Microsoft.Update.Session).CreateUpdateSearcher()
$count = $searcher.GetTotalHistoryCount()
if ($count -gt 0) { $searcher.QueryHistory(0, $count) | Where-Object { $_.Operation -eq 1 -and $_.ResultCode -eq 2 -and $_.Title -match '\((KB\d+)\)' } | ForEach-Object { if (-not $seen.ContainsKey($Matches[1])) { $seen[$Matches[1]] = $_.Date.ToUniversalTime().ToString('o') } } }
Get-WindowsPackage -Online | Where-Object { $_.PackageName -match '_for_(KB\d+)~' -and "$($_.PackageState)" -eq 'Installed' } | ForEach-Object { if (-not $seen.ContainsKey($Matches[1])) { $seen[$Matches[1]] = $(if ($_.InstallTime) { ([datetime]$_.InstallTime).ToUniversalTime().ToString('o') } else { '' }) } }
$seen.GetEnumerator() | Sort-Object Key | ForEach-Object { $lines.Add("update\`t$($_.Key)\`t$($_.Value)") }
Get-LocalGroupMember -SID 'S-1-5-32-544' -ErrorAction SilentlyContinue | ForEach-Object { One $_.Name } | Sort-Object | ForEach-Object { $lines.Add("administrator\`t$_") }
try { $mp = Get-MpComputerStatus -ErrorAction Stop; if ($mp.AntivirusSignatureVersion) { $lines.Add("definitions\`t$(One $mp.AntivirusSignatureVersion)\`t$(if ($mp.AntivirusSignatureLastUpdated) { $mp.AntivirusSignatureLastUpdated.ToUniversalTime().ToString('o') })") } } catch { }
$lines.Add('end')
$bytes = [Text.Encoding]::UTF8.GetBytes(($lines -join "\`n"))
$memory = [IO.MemoryStream]::new(); $zip = [IO.Compression.GZipStream]::new($memory, [IO.Compression.CompressionMode]::Compress)
$zip.Write($bytes, 0, $bytes.Length); $zip.Close()
$text = [Convert]::ToBase64String($memory.ToArray())
$hash = -join ([Security.Cryptography.SHA256]::Create().ComputeHash([Text.Encoding]::ASCII.GetBytes($text)) | ForEach-Object { $_.ToString('x2') })
$from = [Math]::Min([int]$offset, $text.Length)
[pscustomobject]@{ total = $text.Length; offset = $from; sha256 = $hash; data = $text.Substring($from, [Math]::Min(2800, $text.Length - $from)) } | ConvertTo-Json -Compress
`.replaceAll('\\`', '`');

const wsusPrelude = String.raw`$ErrorActionPreference = 'Stop'; $ProgressPreference = 'SilentlyContinue'
[Console]::OutputEncoding = [Text.UTF8Encoding]::new($false)
$server = Get-WsusServer
function Find-Kb([string]$kb) { @($server.SearchUpdates("KB$kb") | Where-Object { $_.KnowledgebaseArticles -contains $kb -and -not $_.IsSuperseded }) }
$wanted = @($kbs -split ',' | Where-Object { $_ -match '^\d{6,8}$' })
`;

const wsusSynchronize = String.raw`# patchline-verb: wsus-synchronize/1
param([string]$kbs = '')
${wsusPrelude}
$subscription = $server.GetSubscription()
$started = "$($subscription.GetSynchronizationStatus())" -eq 'NotProcessing'
if ($started) { $subscription.StartSynchronization() }
[pscustomobject]@{ started = $started } | ConvertTo-Json -Compress
`;

const wsusApprove = String.raw`# patchline-verb: wsus-approve/1
param([string]$kbs = '', [string]$group = '')
${wsusPrelude}
$target = $server.GetComputerTargetGroups() | Where-Object { $_.Name -eq $group } | Select-Object -First 1
if (-not $target) { throw "there is no computer group $group" }
$approved = @(); $unknown = @()
foreach ($kb in $wanted) {
  $updates = Find-Kb $kb
  if ($updates.Count -eq 0) { $unknown += $kb; continue }
  foreach ($update in $updates) { [void]$update.Approve('Install', $target) }
  $approved += $kb
}
[pscustomobject]@{ approved = @($approved); unknown = @($unknown) } | ConvertTo-Json -Depth 3 -Compress
`;

const wsusStatus = String.raw`# patchline-verb: wsus-status/1
param([string]$kbs = '')
${wsusPrelude}
$subscription = $server.GetSubscription(); $last = $subscription.GetLastSynchronizationInfo()
$updates = @(foreach ($kb in $wanted) {
  foreach ($update in (Find-Kb $kb | Select-Object -First 1)) {
    $groups = @($update.GetUpdateApprovals() | ForEach-Object { $_.GetComputerTargetGroup().Name })
    [pscustomobject]@{ kb = $kb; title = [string]$update.Title; state = "$($update.State)"; approvals = $groups }
  }
})
[pscustomobject]@{ synchronizing = ("$($subscription.GetSynchronizationStatus())" -ne 'NotProcessing'); lastSynchronization = $(if ($last) { $last.EndTime.ToUniversalTime().ToString('o') } else { $null }); updates = $updates } | ConvertTo-Json -Depth 4 -Compress
`;

export const guestScripts: Readonly<Record<string, string>> = {
  ...forensicScripts,
  ...probeScripts,
  'guest-facts/1': guestFacts,
  'guest-inventory/1': guestInventory,
  ...linuxScripts,
  'wsus-synchronize/1': wsusSynchronize,
  'wsus-approve/1': wsusApprove,
  'wsus-status/1': wsusStatus,
};
