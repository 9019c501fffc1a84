// A run as a grid: what a page that watches it reads again and again, so a short row a machine.

import { z } from 'zod';
import { ArrivalView } from './arrivals.js';
import { RunShort } from './today.js';

const instant = z.iso.datetime();

export const GridView = z
  .object({
    run: RunShort.extend({ outcome: z.string().nullable(), planAt: instant, waves: z.number().int() }),
    at: instant,
    now: z
      .string()
      .nullable()
      .describe('What its workflow says that it does or waits for; null: the engine did not answer, or it is over'),
    patches: z.array(z.string()),
    budget: z
      .object({ used: z.number().int(), of: z.number().int() })
      .nullable()
      .describe('Machines of the ring that ended other than installed, of those that may; null in staging'),
    cells: z
      .array(
        z.object({
          vmId: z.string(),
          vmName: z.string(),
          wave: z.number().int().describe('0: left out at planning'),
          state: z.string().describe('The worst of what it was to get; of one under way, its step'),
          reason: z.string().nullable(),
          isTroubled: z.boolean().describe('It failed, is in doubt, or went or goes back to its restore point'),
        }),
      )
      .describe('In the order of the plan'),
    arrivals: z.array(ArrivalView).describe('Machines that came after they were asked for, joined or not'),
  })
  .meta({ id: 'GridView' });

export type GridView = z.infer<typeof GridView>;
