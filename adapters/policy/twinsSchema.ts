// Where copies of production machines may be built, for how long, and how many.

import { z } from 'zod';
import { whole } from './forms.js';

const subnetForm =
  /^\/subscriptions\/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\/resourceGroups\/[^/]+\/providers\/Microsoft\.Network\/virtualNetworks\/[^/]+\/subnets\/[^/]+$/i;

export const twinPlaceSchema = z.strictObject({
  region: z.string().regex(/^[a-z0-9]{2,50}$/, 'must be the name of a region such as westeurope'),
  subnet: z
    .string()
    .regex(
      subnetForm,
      'must be the id of a subnet: /subscriptions/…/resourceGroups/…/providers/Microsoft.Network/virtualNetworks/…/subnets/…',
    )
    .toLowerCase(),
});

/** One group by its name: a glob would leave it open where a copy of production lands. */
export const twinGroup = z
  .string()
  .regex(/^[\w().-]{1,89}[\w()-]$/u, 'must be the name of one resource group, without `*`');

export const twinsSchema = z
  .strictObject({
    resourceGroup: twinGroup,
    places: z.array(twinPlaceSchema).min(1, 'needs at least one region with its subnet').max(100),
    size: z
      .string()
      .regex(/^[A-Za-z0-9_]{3,60}$/, 'must be a size of machines such as Standard_D2s_v5, or null')
      .nullable()
      .default(null),
    lifeDays: whole(1, 365),
    atOnceMax: whole(1, 100),
  })
  .nullable()
  .default(null);
