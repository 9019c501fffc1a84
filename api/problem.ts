// Every error of the API as RFC 9457 problem details that say what to do.

import type { FastifyError, FastifyInstance } from 'fastify';
import { hasZodFastifySchemaValidationErrors, isResponseSerializationError } from 'fastify-type-provider-zod';
import type { Problem } from './contract/index.js';

export class ApiProblem extends Error {
  constructor(
    readonly status: number,
    readonly title: string,
    detail: string,
  ) {
    super(detail);
    this.name = 'ApiProblem';
  }
}

export function answerProblems(app: FastifyInstance): void {
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const problem = problemOf(error);
    if (problem.status >= 500) request.log.error(error);
    return reply.status(problem.status).type('application/problem+json').send(JSON.stringify(problem));
  });
  app.setNotFoundHandler((request, reply) => {
    const problem: Problem = {
      type: 'about:blank',
      title: 'Not found',
      status: 404,
      detail: `There is nothing at ${request.method} ${request.url.slice(0, 200)}; /openapi.json lists what there is.`,
    };
    return reply.status(404).type('application/problem+json').send(JSON.stringify(problem));
  });
}

function problemOf(error: FastifyError): Problem {
  if (error instanceof ApiProblem)
    return { type: 'about:blank', title: error.title, status: error.status, detail: error.message };
  if (hasZodFastifySchemaValidationErrors(error)) {
    const problems = error.validation.map((one) => ({
      path: one.instancePath || '/',
      message: one.message ?? 'invalid',
    }));
    return {
      type: 'about:blank',
      title: 'Invalid request',
      status: 400,
      detail: problems.map((one) => `${one.path}: ${one.message}`).join('; '),
      problems,
    };
  }
  if (!isResponseSerializationError(error) && error.statusCode !== undefined && error.statusCode < 500) {
    return { type: 'about:blank', title: 'Bad request', status: error.statusCode, detail: error.message };
  }
  return {
    type: 'about:blank',
    title: 'Internal error',
    status: 500,
    detail: 'Patchline could not answer; its log says why.',
  };
}
