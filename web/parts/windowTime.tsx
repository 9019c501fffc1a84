// When a window opens or closes: in the viewer's zone, and beside it by the clock of the machines, where that shows another time.

import { api, ask } from '../api/client';
import { useRead } from '../api/queries';
import { When } from './when';

export function WindowTime({
  at,
  category,
  environment,
}: {
  at: string | null | undefined;
  category: string;
  environment: string;
}) {
  const read = useRead(['categories'], () => ask(api.GET('/v1/policy/categories')));
  const zones = read.data?.find((one) => one.name === category)?.zones;
  const zone = environment === 'staging' ? zones?.staging : zones?.production;
  const there = at === null || at === undefined || zone === null || zone === undefined ? null : thereWords(at, zone);
  return (
    <>
      <When at={at} />
      {there === null ? null : ` (${there} there)`}
    </>
  );
}

/** `Tue 14:00 GMT-7`; null where it is the viewer's own time. */
function thereWords(at: string, zone: string): string | null {
  const time = new Date(at);
  const shown = { weekday: 'short', hour: '2-digit', minute: '2-digit', hour12: false } as const;
  const here = new Intl.DateTimeFormat('en-GB', shown);
  const there = new Intl.DateTimeFormat('en-GB', { ...shown, timeZone: zone });
  if (here.format(time) === there.format(time)) return null;
  return new Intl.DateTimeFormat('en-GB', { ...shown, timeZone: zone, timeZoneName: 'short' }).format(time);
}
