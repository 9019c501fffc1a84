// A table: headings, rows that are drawn only where they are seen, keys to go through them, and a file of what it shows.

import { Button, Group, Text } from '@mantine/core';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useRef, useState, type KeyboardEvent } from 'react';
import type { Column } from './column';
import { counted } from './count';
import { csvOf, saveFile } from './file';

/** Beyond this, rows are drawn only where they are seen. */
const drawnMax = 100;
const rowHeight = 36;

export function RowTable<Row>({
  label,
  rows,
  columns,
  keyOf,
  onOpen,
  file,
  more = null,
  total,
}: {
  label: string;
  rows: Row[];
  columns: Column<Row>[];
  keyOf: (row: Row) => string;
  /** Enter on a row. */
  onOpen?: (row: Row) => void;
  /** Name of the file of what is shown; left out: none is offered. */
  file?: string;
  /** Reads the next page; null: all rows are here. */
  more?: { load: () => void; isLoading: boolean } | null;
  /** How many there are, when that is known. */
  total?: number;
}) {
  const [at, setAt] = useState(-1);
  const scroll = useRef<HTMLDivElement>(null);
  const isVirtual = rows.length > drawnMax;
  const virtual = useVirtualizer({
    count: rows.length,
    enabled: isVirtual,
    getScrollElement: () => scroll.current,
    estimateSize: () => rowHeight,
    overscan: 20,
  });
  const drawn = isVirtual ? virtual.getVirtualItems() : rows.map((_row, index) => ({ index, start: 0, end: 0 }));
  const before = isVirtual ? (drawn[0]?.start ?? 0) : 0;
  const after = isVirtual ? virtual.getTotalSize() - (drawn.at(-1)?.end ?? 0) : 0;

  function onKeyDown(event: KeyboardEvent): void {
    if (event.target !== event.currentTarget) return;
    const step = { j: 1, k: -1, ArrowDown: 1, ArrowUp: -1 }[event.key];
    const row = rows[at];
    if (step !== undefined) {
      event.preventDefault();
      const next = Math.min(rows.length - 1, Math.max(0, at + step));
      setAt(next);
      if (isVirtual) virtual.scrollToIndex(next);
    } else if (event.key === 'Enter' && row !== undefined) onOpen?.(row);
  }

  return (
    <>
      <div
        ref={scroll}
        className="table-scroll"
        style={isVirtual ? { maxHeight: '70vh', overflowY: 'auto' } : {}}
        tabIndex={0}
        role="group"
        aria-label={`${label}: j and k go through the rows, Enter opens one`}
        onKeyDown={onKeyDown}
      >
        <table className="rows" aria-label={label} aria-rowcount={total ?? (more === null ? rows.length + 1 : -1)}>
          <thead>
            <tr>
              {columns.map(({ head, isNumber }) => (
                <th key={head} scope="col" {...(isNumber === true ? { className: 'number' } : {})}>
                  {head}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {before > 0 ? <tr aria-hidden style={{ height: before }} /> : null}
            {drawn.map(({ index }) => {
              const row = rows[index];
              if (row === undefined) return null;
              return (
                <tr key={keyOf(row)} aria-rowindex={index + 2} aria-selected={index === at}>
                  {columns.map(({ head, cell, isNumber }) => (
                    <td key={head} {...(isNumber === true ? { className: 'number' } : {})}>
                      {cell(row)}
                    </td>
                  ))}
                </tr>
              );
            })}
            {after > 0 ? <tr aria-hidden style={{ height: after }} /> : null}
          </tbody>
        </table>
      </div>
      <Group mt={6} gap="sm">
        <Text size="sm" c="dimmed">
          {total !== undefined && more !== null
            ? `${rows.length} of ${total} loaded`
            : `${counted(rows.length, 'row')}${more === null ? '' : ' so far'}`}
        </Text>
        {more === null ? null : (
          <Button variant="default" onClick={more.load} loading={more.isLoading}>
            Show more
          </Button>
        )}
        {file === undefined || rows.length === 0 ? null : (
          <Button variant="default" onClick={() => saveFile(`${file}.csv`, csvOf(columns, rows), 'text/csv')}>
            Export {counted(rows.length, 'row')}
          </Button>
        )}
      </Group>
    </>
  );
}
