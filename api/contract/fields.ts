// Fields that many answers share.

import { z } from 'zod';

export const instant = z.string().describe('ISO 8601 instant, UTC');

export const text = (max: number) => z.string().trim().min(1).max(max);

export const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'must be a SHA-256 in lower-case hex');
