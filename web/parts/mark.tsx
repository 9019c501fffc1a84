// How something stands: an icon, a word and a colour, never colour alone. One word looks the same on every page.

import {
  IconAlertTriangle,
  IconArrowBackUp,
  IconBan,
  IconCheck,
  IconClockExclamation,
  IconHelp,
  IconPlayerPause,
  IconPlayerPlay,
  IconPlayerSkipForward,
  IconPoint,
  IconRefresh,
  IconSignature,
  IconX,
  type Icon,
} from '@tabler/icons-react';

export type Family = 'red' | 'violet' | 'amber' | 'blue' | 'grey' | 'green';

export interface Look {
  word: string;
  family: Family;
  Icon: Icon;
  /** For a cell of a grid, where an icon is too heavy. */
  sign: string;
}

const look = (word: string, family: Family, Icon: Icon, sign: string): Look => ({ word, family, Icon, sign });

const looks: Record<string, Look> = {
  // Patches
  known: look('Noticed', 'grey', IconPoint, '·'),
  notified: look('Noticed', 'grey', IconPoint, '·'),
  downloading: look('Downloading', 'blue', IconPlayerPlay, '▸'),
  inTest: look('In test', 'blue', IconPlayerPlay, '▸'),
  recordingImpact: look('Recording impact', 'blue', IconPlayerPlay, '▸'),
  awaitingDecision: look('Awaiting decision', 'violet', IconSignature, '✎'),
  rollingOut: look('Rolling out', 'blue', IconPlayerPlay, '▸'),
  verified: look('Verified', 'green', IconCheck, '✓'),
  incomplete: look('Incomplete', 'amber', IconAlertTriangle, '!'),
  rejected: look('Rejected', 'grey', IconBan, '⊘'),
  deferred: look('Deferred', 'amber', IconPlayerPause, '⏸'),
  failedTest: look('Failed test', 'red', IconX, '✕'),
  notNeeded: look('Not needed', 'grey', IconPoint, '·'),
  superseded: look('Superseded', 'grey', IconBan, '⊘'),
  waived: look('Waived', 'violet', IconSignature, '✎'),
  withdrawn: look('Withdrawn', 'amber', IconArrowBackUp, '↶'),
  byHand: look('By hand', 'grey', IconPoint, '·'),
  // Tests
  passed: look('Passed', 'green', IconCheck, '✓'),
  failed: look('Failed', 'red', IconX, '✕'),
  inconclusive: look('Inconclusive', 'violet', IconHelp, '?'),
  // Runs
  open: look('Planned', 'grey', IconPoint, '·'),
  running: look('Running', 'blue', IconPlayerPlay, '▸'),
  paused: look('Paused', 'amber', IconPlayerPause, '⏸'),
  halted: look('Halted', 'red', IconX, '✕'),
  interrupted: look('Interrupted', 'red', IconX, '✕'),
  settled: look('Settled', 'green', IconCheck, '✓'),
  completed: look('Settled', 'green', IconCheck, '✓'),
  empty: look('Nothing was due', 'grey', IconPoint, '·'),
  windowClosed: look('Window closed', 'amber', IconAlertTriangle, '!'),
  // Machines of a run
  planned: look('Waiting', 'grey', IconPoint, '·'),
  installing: look('Installing', 'blue', IconPlayerPlay, '▸'),
  restarting: look('Restarting', 'blue', IconRefresh, '⟳'),
  installed: look('Installed', 'green', IconCheck, '✓'),
  rolledBack: look('Rolled back', 'amber', IconArrowBackUp, '↶'),
  unwinding: look('Unwinding', 'amber', IconArrowBackUp, '↶'),
  skipped: look('Skipped', 'grey', IconPlayerSkipForward, '⤼'),
  revoked: look('Revoked', 'grey', IconBan, '⊘'),
  inDoubt: look('In doubt', 'violet', IconHelp, '?'),
  quarantined: look('Quarantined', 'red', IconX, '✕'),
  refused: look('Refused', 'amber', IconAlertTriangle, '!'),
  // Gates and checks
  closed: look('Closed', 'red', IconX, '✕'),
  overridden: look('Overridden', 'violet', IconSignature, '✎'),
  gateOpen: look('Open', 'green', IconCheck, '✓'),
  // Compliance and deadlines
  compliant: look('Compliant', 'green', IconCheck, '✓'),
  nonCompliant: look('Non-compliant', 'red', IconX, '✕'),
  unknown: look('Unknown', 'amber', IconClockExclamation, '◷'),
  overdue: look('Overdue', 'red', IconX, '✕'),
  dueSoon: look('Due soon', 'amber', IconAlertTriangle, '!'),
  deadlineInDanger: look('Due soon', 'amber', IconAlertTriangle, '!'),
  later: look('Later', 'grey', IconPoint, '·'),
  // Decisions
  waiting: look('Waiting', 'violet', IconSignature, '✎'),
  decided: look('Decided', 'green', IconCheck, '✓'),
  expired: look('Expired', 'amber', IconClockExclamation, '◷'),
  approve: look('Authorised', 'green', IconCheck, '✓'),
  defer: look('Deferred', 'amber', IconPlayerPause, '⏸'),
  reject: look('Rejected', 'grey', IconBan, '⊘'),
  approved: look('Approved', 'green', IconCheck, '✓'),
  asked: look('Asked for', 'violet', IconSignature, '✎'),
  building: look('Building', 'blue', IconPlayerPlay, '▸'),
  built: look('Built', 'green', IconCheck, '✓'),
  retired: look('Retired', 'grey', IconPoint, '·'),
  ended: look('Ended', 'grey', IconPoint, '·'),
  proposed: look('Proposed', 'violet', IconSignature, '✎'),
  applied: look('In force', 'green', IconCheck, '✓'),
  // What needs somebody
  page: look('Page', 'red', IconAlertTriangle, '!'),
  halt: look('Halted', 'red', IconX, '✕'),
  decision: look('Decide', 'violet', IconSignature, '✎'),
  verdict: look('Inconclusive', 'violet', IconHelp, '?'),
  emergency: look('Emergency', 'red', IconAlertTriangle, '!'),
  waiver: look('Waiver', 'violet', IconSignature, '✎'),
  restoration: look('Restoration', 'violet', IconSignature, '✎'),
  twin: look('Twin', 'violet', IconSignature, '✎'),
  policy: look('Policy', 'violet', IconSignature, '✎'),
  // Channels
  healthy: look('Healthy', 'green', IconCheck, '✓'),
  troubled: look('Troubled', 'red', IconX, '✕'),
};

/** A word that nobody gave a look stays readable as it is. */
export function lookOf(standing: string): Look {
  return looks[standing] ?? { word: standing, family: 'grey', Icon: IconPoint, sign: '·' };
}

export function Mark({ is, word }: { is: string; word?: string }) {
  const { family, Icon, word: own } = lookOf(is);
  const isFilled = family === 'red' || family === 'violet';
  const style = isFilled
    ? { background: `var(--mark-ink-${family})`, color: 'var(--mark-filled)' }
    : { background: `var(--mark-tint-${family})`, color: `var(--mark-ink-${family})` };
  return (
    <span className="mark" style={style}>
      <Icon size={14} stroke={2.2} aria-hidden />
      {word ?? own}
    </span>
  );
}
