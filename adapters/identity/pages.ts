// Pages of the embedded identity provider: plain forms without a script, in which every text is escaped.

export type PagePart =
  | { kind: 'text' | 'problem'; text: string }
  | {
      kind: 'form';
      action: string;
      hidden: Record<string, string>;
      fields: { name: string; label: string; type: 'text' | 'password'; value: string }[];
      button: string;
    };

export function signInPage(title: string, parts: PagePart[]): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; form-action 'self' http://127.0.0.1:* http://localhost:*; base-uri 'none'">
<title>${escaped(title)}</title>
<style>
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 26rem; margin: 10vh auto; padding: 0 1rem; }
label, input, button { display: block; width: 100%; box-sizing: border-box; font: inherit; }
input { margin: .25rem 0 1rem; padding: .5rem; border: 1px solid #868e96; border-radius: 4px; }
button { padding: .6rem; border: 0; border-radius: 4px; background: #1864ab; color: #fff; cursor: pointer; }
.problem { border-left: 4px solid #b02525; padding-left: .75rem; font-weight: 600; }
</style>
</head>
<body>
<main>
<h1>${escaped(title)}</h1>
${parts.map(partOf).join('\n')}
</main>
</body>
</html>
`;
}

function partOf(part: PagePart): string {
  if (part.kind !== 'form')
    return `<p${part.kind === 'problem' ? ' class="problem" role="alert"' : ''}>${escaped(part.text)}</p>`;
  const hidden = Object.entries(part.hidden).map(
    ([name, value]) => `<input type="hidden" name="${escaped(name)}" value="${escaped(value)}">`,
  );
  const fields = part.fields.map(
    ({ name, label, type, value }, index) =>
      `<label>${escaped(label)}<input name="${escaped(name)}" type="${type}" value="${escaped(value)}" required autocomplete="${type === 'password' ? 'current-password' : 'username'}"${index === 0 ? ' autofocus' : ''}></label>`,
  );
  return `<form method="post" action="${escaped(part.action)}">\n${[...hidden, ...fields].join('\n')}\n<button type="submit">${escaped(part.button)}</button>\n</form>`;
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}
