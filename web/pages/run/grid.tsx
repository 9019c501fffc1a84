// Machines of a run as cells, in the order of the plan: they change in place and never move. One tab stop; arrows go through them.

import { memo, useCallback, useRef, useState, type KeyboardEvent } from 'react';
import { Text } from '@mantine/core';
import type { Schemas } from '../../api/client';
import { Link, vmPath } from '../../parts/link';
import { lookOf, Mark } from '../../parts/mark';

export type Cell = Schemas['GridView']['cells'][number];

/** What a step of a session looks like. */
const stepLooks: Record<string, string> = {
  restorePoint: 'installing',
  install: 'installing',
  assess: 'installing',
  probe: 'installing',
  deallocate: 'unwinding',
  restoreDisk: 'unwinding',
  swapDisk: 'unwinding',
  start: 'unwinding',
};

const stepWords: Record<string, string> = {
  restorePoint: 'taking its restore point',
  install: 'installing',
  assess: 'verifying: assessing',
  probe: 'verifying: probing',
  deallocate: 'unwinding: stopping',
  restoreDisk: 'unwinding: restoring its disk',
  swapDisk: 'unwinding: swapping its disk',
  start: 'unwinding: starting',
};

/** A step of a session, whichever way it goes. */
export function isUnderWay({ state }: Cell): boolean {
  return state === 'installing' || stepWords[state] !== undefined;
}

export function lookOfCell(state: string) {
  return lookOf(stepLooks[state] ?? state);
}

export function wordsOfCell(state: string): string {
  return stepWords[state] ?? lookOf(state).word;
}

const CellButton = memo(function CellButton({
  name,
  state,
  index,
  isHere,
  isDimmed,
}: {
  name: string;
  state: string;
  index: number;
  isHere: boolean;
  isDimmed: boolean;
}) {
  const { family, sign } = lookOfCell(state);
  const isFilled = family === 'red' || family === 'violet';
  return (
    <button
      type="button"
      className={isDimmed ? 'grid-cell dimmed' : 'grid-cell'}
      data-index={index}
      tabIndex={isHere ? 0 : -1}
      aria-label={`${name}: ${wordsOfCell(state)}`}
      style={
        isFilled
          ? { background: `var(--mark-ink-${family})`, color: 'var(--mark-filled)' }
          : { background: `var(--mark-tint-${family})`, color: `var(--mark-ink-${family})` }
      }
    >
      {sign}
    </button>
  );
});

export function Grid({ cells, filter }: { cells: Cell[]; filter: (cell: Cell) => boolean }) {
  const [at, setAt] = useState(0);
  const box = useRef<HTMLDivElement>(null);
  const go = useCallback((index: number) => {
    setAt(index);
    box.current?.querySelector<HTMLButtonElement>(`[data-index="${index}"]`)?.focus();
  }, []);
  const here = cells[at];
  const waves = [...new Set(cells.map((cell) => cell.wave))];

  function onKeyDown(event: KeyboardEvent): void {
    const row = Math.max(1, Math.floor((box.current?.clientWidth ?? 600) / 26));
    const steps: Record<string, number> = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: row, ArrowUp: -row };
    const step = steps[event.key];
    if (step !== undefined) {
      event.preventDefault();
      go(Math.min(cells.length - 1, Math.max(0, at + step)));
    } else if (event.key === 'n') {
      const next = cells.findIndex((cell, index) => index > at && cell.isTroubled);
      if (next >= 0) go(next);
    } else if (event.key === '[' || event.key === ']') {
      const wave = waves.indexOf(here?.wave ?? 0) + (event.key === ']' ? 1 : -1);
      const first = cells.findIndex((cell) => cell.wave === waves[wave]);
      if (first >= 0) go(first);
    }
  }

  const place = (target: EventTarget): number | null => {
    const index = (target as HTMLElement).closest<HTMLElement>('[data-index]')?.dataset['index'];
    return index === undefined ? null : Number(index);
  };

  return (
    <div
      ref={box}
      role="group"
      aria-label="Machines: arrows move, n goes to the next problem, brackets to the next wave"
      onKeyDown={onKeyDown}
      onMouseOver={(event) => {
        const index = place(event.target);
        if (index !== null) setAt(index);
      }}
      onFocus={(event) => {
        const index = place(event.target);
        if (index !== null) setAt(index);
      }}
    >
      <div style={{ minHeight: 28 }}>
        {here === undefined ? null : (
          <Text size="sm" component="div">
            <Mark is={stepLooks[here.state] ?? here.state} word={wordsOfCell(here.state)} />{' '}
            <Link to={vmPath(here.vmName)}>{here.vmName}</Link> {here.reason ?? ''}
          </Text>
        )}
      </div>
      {waves.map((wave) => (
        <section key={wave} aria-label={wave === 0 ? 'Not going' : `Wave ${wave}`} style={{ marginBottom: 8 }}>
          <Text size="sm" fw={600}>
            {wave === 0 ? 'Not going' : `Wave ${wave}`}
          </Text>
          <div className="grid-cells">
            {cells.map((cell, index) =>
              cell.wave === wave ? (
                <CellButton
                  key={cell.vmId}
                  name={cell.vmName}
                  state={cell.state}
                  index={index}
                  isHere={index === at}
                  isDimmed={!filter(cell)}
                />
              ) : null,
            )}
          </div>
        </section>
      ))}
    </div>
  );
}
