// Templates whose values are escaped by themselves: only what another template made is taken as markup.

class Markup {
  constructor(readonly text: string) {}
}

export type { Markup };

type Value = string | Markup | Markup[];

/** `html\`<p>${text}</p>\`` */
export function html(strings: TemplateStringsArray, ...values: Value[]): Markup {
  return new Markup(strings.reduce((made, part, index) => made + rendered(values[index - 1] ?? '') + part));
}

function rendered(value: Value): string {
  if (value instanceof Markup) return value.text;
  if (Array.isArray(value)) return value.map((one) => one.text).join('');
  return escapeHtml(value);
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"'`=]/g, (character) => `&#${character.charCodeAt(0)};`);
}
