// The end of every script that keeps its answer in a file of its own while its pages are read: 2,800 characters of it at a time, with its length
// and digest; the last page removes it.

/** Packs `$script:lines` into `$file`, ends the block that made them, and prints the page from `$from` on. */
export const windowsCapture = String.raw`  $bytes = [Text.Encoding]::UTF8.GetBytes(($script:lines -join [char]10))
  $memory = [IO.MemoryStream]::new(); $zip = [IO.Compression.GZipStream]::new($memory, [IO.Compression.CompressionMode]::Compress)
  $zip.Write($bytes, 0, $bytes.Length); $zip.Close()
  [IO.File]::WriteAllText($file, [Convert]::ToBase64String($memory.ToArray()))
}
$text = [IO.File]::ReadAllText($file)
$hash = -join ([Security.Cryptography.SHA256]::Create().ComputeHash([Text.Encoding]::ASCII.GetBytes($text)) | ForEach-Object { $_.ToString('x2') })
$from = [Math]::Min($from, $text.Length); $size = [Math]::Min(2800, $text.Length - $from)
if ($from + $size -ge $text.Length) { Remove-Item -LiteralPath $file -Force }
[pscustomobject]@{ total = $text.Length; offset = $from; sha256 = $hash; data = $text.Substring($from, $size) } | ConvertTo-Json -Compress
`;

/** Prints the page of `$file`, which is packed already, from `$offset` on. */
export const linuxCapture = String.raw`total=$(wc -c < "$file"); hash=$(sha256sum "$file" | cut -d' ' -f1)
data=$(tail -c +$((offset + 1)) "$file" | head -c 2800)
if [ $((offset + 2800)) -ge "$total" ]; then rm -f "$file"; fi
printf '{"total":%d,"offset":%d,"sha256":"%s","data":"%s"}\n' "$total" "$offset" "$hash" "$data"
`;
