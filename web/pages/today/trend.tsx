// Compliance by day, as a line and as a table beneath for whoever cannot read a line.

import '@mantine/charts/styles.css';
import { LineChart } from '@mantine/charts';
import { RowTable } from '../../parts/table';
import type { Schemas } from '../../api/client';

type Day = Schemas['TodayView']['trend'][number];

const part = (day: Day) => (day.known === 0 ? 0 : Math.floor((day.complete / day.known) * 1000) / 10);

export default function Trend({ days }: { days: Day[] }) {
  return (
    <>
      <div aria-hidden>
        <LineChart
          h={200}
          data={days.map((day) => ({ day: day.day, complete: part(day) }))}
          dataKey="day"
          series={[{ name: 'complete', label: 'Lack nothing, %', color: 'var(--mark-ink-blue)' }]}
          yAxisProps={{ domain: [0, 100] }}
          withDots={days.length < 15}
        />
      </div>
      <details>
        <summary>As a table</summary>
        <RowTable
          label="Compliance by day"
          rows={days.toReversed()}
          keyOf={(day) => day.day}
          file="compliance-by-day"
          columns={[
            { head: 'Day', cell: (day) => day.day, text: (day) => day.day },
            { head: 'Known machines', cell: (day) => day.known, text: (day) => day.known, isNumber: true },
            { head: 'Lack nothing', cell: (day) => day.complete, text: (day) => day.complete, isNumber: true },
            { head: '%', cell: (day) => part(day).toFixed(1), text: part, isNumber: true },
          ]}
        />
      </details>
    </>
  );
}
