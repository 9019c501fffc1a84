// The inventory: machines side by side and their software.

import { z } from 'zod';
import { instant, machineFields } from './fields.js';

export const InventoryMachine = z
  .object({
    ...machineFields,
    owner: z.string().nullable(),
    businessCriticality: z.string().nullable(),
    securityLevel: z.string().nullable(),
    missing: z.number().int(),
    waived: z.number().int().describe('Patches that it lacks by a waiver'),
    firstSeenAt: instant,
    seenAt: instant.describe('When Azure last listed it'),
    collectedAt: instant.nullable().describe('When its guest last told its software'),
    stale: z.string().nullable().describe('Why what the guest told may no longer be true'),
  })
  .meta({ id: 'InventoryMachine' });

const Side = z.object({
  machines: z.number().int(),
  products: z.record(z.string(), z.number().int()),
  builds: z.record(z.string(), z.number().int()),
  software: z.array(z.string()),
});

export const InventoryView = z
  .object({
    refreshedAt: instant.nullable().describe('The oldest listing among the machines shown'),
    collectedAt: instant.nullable().describe('The oldest answer of a guest among the machines shown'),
    machines: z.array(InventoryMachine),
  })
  .meta({ id: 'InventoryView' });

export const ComparisonView = z
  .object({
    refreshedAt: instant.nullable(),
    collectedAt: instant.nullable(),
    categories: z.array(
      z.object({
        category: z.string().nullable(),
        production: Side,
        staging: Side,
        withoutTwin: z.record(z.string(), z.number().int()),
        softwareOnlyInProduction: z.array(z.string()),
        softwareOnlyInStaging: z.array(z.string()),
      }),
    ),
  })
  .meta({ id: 'ComparisonView' });

export const SoftwareView = z
  .object({
    name: z.string(),
    version: z.string(),
    source: z.string(),
    firstSeenAt: instant,
    lastSeenAt: instant,
    goneAt: instant.nullable(),
  })
  .meta({ id: 'SoftwareView' });

export const VmSoftwareView = z
  .object({
    vmId: z.string(),
    name: z.string(),
    collectedAt: instant.nullable(),
    stale: z.string().nullable(),
    administrators: z.array(z.string()),
    software: z.array(SoftwareView),
  })
  .meta({ id: 'VmSoftwareView' });

export type InventoryMachine = z.infer<typeof InventoryMachine>;

export type InventoryView = z.infer<typeof InventoryView>;

export type ComparisonView = z.infer<typeof ComparisonView>;

export type VmSoftwareView = z.infer<typeof VmSoftwareView>;
