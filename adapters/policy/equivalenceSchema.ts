// How alike a staging machine must be for its test to count, and what weighs how much.

import { z } from 'zod';

const share = z.number().min(0).max(1);
const weight = (usual: number) => z.number().min(0).max(100).default(usual);
const globs = (usual: string[]) =>
  z
    .array(
      z
        .string()
        .max(200)
        .regex(/[^*\s]/, 'must name something; `*` stands for any characters'),
    )
    .max(500)
    .default(usual);

/** Programs whose release decides what a patch does to them. */
const decisive = [
  '*SQL Server 20*',
  'Microsoft Exchange Server*',
  'Microsoft SharePoint Server*',
  'Oracle Database*',
  'postgresql-1*',
  'postgresql-server*',
  'mysql-server*',
  'mariadb-server*',
];

/** Operating system, role, patch level and services that are alike, and no software that says otherwise, reach the usual threshold. */
export const equivalenceSchema = z.strictObject({
  threshold: z.number().min(0.01, 'would let anything stand for anything').max(1).default(0.6),
  thresholds: z.record(z.string().max(100), z.number().min(0.01).max(1)).default({}),
  weights: z
    .strictObject({
      software: weight(25),
      system: weight(20),
      role: weight(20),
      patchLevel: weight(15),
      services: weight(10),
      domainRole: weight(5),
      size: weight(3),
      image: weight(1),
      availability: weight(1),
    })
    .prefault({})
    .refine((held) => Object.values(held).some((one) => one > 0), 'must weigh something: give a weight above 0'),
  decisiveSoftware: globs(decisive),
  // They update themselves.
  ignoredSoftware: globs(['Microsoft Edge*', 'Google Chrome', 'Mozilla *']),
  softwareAlikeMin: share.default(0.5),
});
