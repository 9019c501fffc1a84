// A browser as far as sign-ins are concerned: it keeps cookies by host, follows redirects, and sends forms.

export interface Page {
  url: string;
  status: number;
  text: string;
  headers: Headers;
}

export interface Browser {
  /** Follows redirects unless told not to. */
  open(url: string, options?: { follow?: boolean; accept?: string }): Promise<Page>;
  submit(page: Page, fields: Record<string, string>): Promise<Page>;
  /** A call of a script on the page. */
  call(
    method: string,
    url: string,
    headers?: Record<string, string>,
    body?: unknown,
  ): Promise<{ status: number; body: unknown }>;
  cookies(url: string): Map<string, string>;
  /** `Set-Cookie` as they came, in order. */
  received: string[];
}

export function createBrowser(): Browser {
  const jars = new Map<string, Map<string, string>>();
  const received: string[] = [];
  const jarOf = (url: string): Map<string, string> => {
    const { host } = new URL(url);
    const jar = jars.get(host) ?? new Map<string, string>();
    jars.set(host, jar);
    return jar;
  };
  const send = async (url: string, init: RequestInit): Promise<Response> => {
    const jar = jarOf(url);
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await fetch(url, {
      ...init,
      redirect: 'manual',
      headers: { ...(init.headers as Record<string, string>), ...(cookie === '' ? {} : { cookie }) },
    });
    for (const line of answer.headers.getSetCookie()) {
      received.push(line);
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === '' || /expires=Thu, 01 Jan 1970/i.test(line)) jar.delete(name);
      else jar.set(name, value);
    }
    return answer;
  };
  const follow = async (url: string, init: RequestInit, hops: number): Promise<Page> => {
    const answer = await send(url, init);
    const location = answer.headers.get('location');
    if (location === null || hops === 0)
      return { url, status: answer.status, text: await answer.text(), headers: answer.headers };
    return follow(new URL(location, url).href, { headers: { accept: 'text/html' } }, hops - 1);
  };
  return {
    open: (url, { follow: isFollowed = true, accept = 'text/html' } = {}) =>
      follow(url, { headers: { accept } }, isFollowed ? 15 : 0),
    submit(page, fields) {
      const action = /<form[^>]* action="([^"]*)"/.exec(page.text)?.[1]?.replaceAll('&amp;', '&') ?? '';
      const hidden = [...page.text.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"/g)];
      const body = new URLSearchParams({
        ...Object.fromEntries(hidden.map(([, name = '', value = '']) => [name, value])),
        ...fields,
      });
      const init = {
        method: 'POST',
        body: body.toString(),
        headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'text/html' },
      };
      return follow(new URL(action, page.url).href, init, 15);
    },
    async call(method, url, headers = {}, body) {
      const answer = await send(url, {
        method,
        headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await answer.text();
      return { status: answer.status, body: text === '' ? null : (JSON.parse(text) as unknown) };
    },
    cookies: jarOf,
    received,
  };
}
