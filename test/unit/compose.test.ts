// The check of docker-compose.yml finds what is wrong, and finds nothing wrong with ours.

import { expect, test } from '@jest/globals';
import { checkCompose, composeProblems } from '../../scripts/check-compose.js';

test('ours is in order', () => {
  expect(checkCompose()).toEqual([]);
});

test.each([
  ['an image without a tag', 'services: { a: { image: postgres } }\nvolumes: {}', 'tag'],
  ['the latest image', 'services: { a: { image: "postgres:latest" } }\nvolumes: {}', 'latest'],
  ['an open port', 'services: { a: { image: "postgres:17", ports: ["5432:5432"] } }\nvolumes: {}', '127.0.0.1'],
  [
    'a service that is not there',
    'services: { a: { image: "postgres:17", depends_on: { b: { condition: service_started } } } }\nvolumes: {}',
    'which is not there',
  ],
  [
    'health that nobody checks',
    'services: { a: { image: "x:1", depends_on: { b: { condition: service_healthy } } }, b: { image: "x:1" } }\nvolumes: {}',
    'no healthcheck',
  ],
  [
    'a volume that is not there',
    'services: { a: { image: "postgres:17", volumes: ["data:/x"] } }\nvolumes: {}',
    'not a volume',
  ],
  [
    'a variable that nothing reads',
    'services: { a: { build: ., environment: { PATCHLINE_COLOUR: red } } }\nvolumes: {}',
    'nothing reads',
  ],
  ['an unknown key', 'services: { a: { image: "postgres:17", privileged: true } }\nvolumes: {}', 'privileged'],
])('%s is found', (_, text, told) => {
  expect(composeProblems(text, '').join('\n')).toContain(told);
});
