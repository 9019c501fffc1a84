// What every answer carries to protect browsers, and how many requests one address may make.

import helmet from '@fastify/helmet';
import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance } from 'fastify';
import type { WebSettings } from './parts.js';
import { ApiProblem } from './problem.js';

/**
 * Only what this host serves runs or is shown; a page's own `<script>` and `<style>` carry `reply.cspNonce`. A style that a script sets on an
 * element is no inline style.
 */
const directives = {
  defaultSrc: ["'self'"],
  scriptSrc: ["'self'"],
  styleSrc: ["'self'"],
  imgSrc: ["'self'", 'data:'],
  connectSrc: ["'self'"],
  fontSrc: ["'self'"],
  objectSrc: ["'none'"],
  baseUri: ["'none'"],
  frameAncestors: ["'none'"],
  formAction: ["'self'"],
};

export async function protect(app: FastifyInstance, web: WebSettings): Promise<void> {
  const isHttps = web.publicUrl.startsWith('https:');
  await app.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives },
    enableCSPNonces: true,
    strictTransportSecurity: isHttps ? { maxAge: 365 * 24 * 3600 } : false,
    frameguard: { action: 'deny' },
    referrerPolicy: { policy: 'no-referrer' },
  });
  await app.register(rateLimit, { global: false });
  const limiter = (name: string, max: number) =>
    app.createRateLimit({ max, timeWindow: '1 minute', keyGenerator: ({ ip }) => `${name} ${ip}` });
  const [any, signIns] = [limiter('any', web.requestsPerMinute), limiter('sign-in', web.signInsPerMinute)];
  // Before anybody is recognised: guessing is what has to be slow.
  app.addHook('onRequest', async (request, reply) => {
    const isSignIn = request.routeOptions.url?.startsWith('/auth/') === true;
    const limit = await (isSignIn ? signIns : any)(request);
    if (limit.isAllowed || !limit.isExceeded) return;
    void reply.header('retry-after', limit.ttlInSeconds);
    throw new ApiProblem(
      429,
      'Too many requests',
      `More than ${limit.max} requests came from ${request.ip} within a minute: go on in ${limit.ttlInSeconds} s.`,
    );
  });
}
