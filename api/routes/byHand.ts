// Patches of vendors without a channel: entered, with what came by mail, and marked where people installed them.

import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { isByHand, manualChannel, manualIdProblem, manualPatch } from '../../domain/byHand.js';
import type { PatchRecord } from '../../ports/patches.js';
import { signedIn } from '../access.js';
import { AttachmentView, ByHandView, DoneByHandInput, ManualPatchInput } from '../contract/index.js';
import { machineNamed } from '../machine.js';
import { spreadNews } from '../news.js';
import type { ApiParts } from '../parts.js';
import { byHandOf, requirePatch } from '../patchLife.js';
import { ApiProblem } from '../problem.js';

const PatchId = z.object({ patchId: z.string().max(100) });
const fileBytesMax = 10 * 1024 * 1024;
const cap = { togetherBytesMax: 25 * 1024 * 1024, filesMax: 50 };
const binary = 'application/octet-stream';

export function byHandRoutes(scope: FastifyInstance, parts: ApiParts): void {
  const app = scope.withTypeProvider<ZodTypeProvider>();
  const { inventory, clock, digests } = parts;
  const { byHand, patches } = inventory;
  // The bytes as they are: nothing here looks into them.
  scope.addContentTypeParser(binary, { parseAs: 'buffer', bodyLimit: fileBytesMax }, (_request, body, done) =>
    done(null, body),
  );

  app.post(
    '/v1/patches/manual',
    { config: { permission: 'operate' }, schema: { body: ManualPatchInput, response: { 200: ByHandView } } },
    async (request) => {
      const { vendor, instructions, ...written } = request.body;
      const { patchId } = written;
      const problem = manualIdProblem(patchId);
      if (problem !== null) throw new ApiProblem(400, 'Invalid id', `${patchId} ${problem}.`);
      const known = await patches.patch(patchId);
      if (known !== null && known.patch.source.channel !== manualChannel)
        throw new ApiProblem(
          409,
          'Announced already',
          `${patchId} is announced by the channel ${known.patch.source.channel}: take another id.`,
        );
      const at = clock.now();
      const patch = manualPatch(written, known?.patch ?? null);
      await patches.savePatches([patch], at);
      await byHand.enter({ patchId, vendor, instructions }, signedIn(request).name, at);
      return viewOf(await requirePatch(parts, patchId));
    },
  );

  app.post(
    '/v1/patches/:patchId/attachments',
    {
      bodyLimit: fileBytesMax,
      config: { permission: 'operate' },
      schema: {
        params: PatchId,
        querystring: z.object({ name: z.string().min(1).max(255) }),
        consumes: [binary],
        response: { 200: AttachmentView },
      },
    },
    async (request) => {
      const { patchId } = request.params;
      const bytes: unknown = request.body;
      if (!Buffer.isBuffer(bytes) || bytes.length === 0)
        throw new ApiProblem(400, 'No file', `Send the bytes of the file as ${binary}, at most ${fileBytesMax}.`);
      const file = { name: safeName(request.query.name), bytes, sha256: digests.sha256(bytes) };
      const kept = await byHand.attach(patchId, file, cap, signedIn(request).name, clock.now());
      if (kept === null) throw notEntered(patchId);
      if (kept === 'tooMuch')
        throw new ApiProblem(
          413,
          'Too much',
          `All files of ${patchId} together may have ${cap.togetherBytesMax} bytes, and be ${cap.filesMax}.`,
        );
      return kept;
    },
  );

  app.get(
    '/v1/patches/:patchId/attachments/:sha256',
    {
      config: { permission: 'read' },
      schema: { params: PatchId.extend({ sha256: z.string().regex(/^[0-9a-f]{64}$/, 'must be a SHA-256 in hex') }) },
    },
    async ({ params: { patchId, sha256 } }, reply) => {
      const file = await byHand.content(patchId, sha256);
      if (file === null)
        throw new ApiProblem(
          404,
          'No such file',
          `${patchId} has no file ${sha256}: \`patch show ${patchId}\` lists them.`,
        );
      // It came from outside: whoever reads it saves it, and no browser shows or runs it.
      return reply
        .type(binary)
        .header('content-disposition', dispositionOf(file.name))
        .header('x-content-type-options', 'nosniff')
        .header('content-security-policy', "default-src 'none'; sandbox")
        .send(file.bytes);
    },
  );

  app.post(
    '/v1/patches/:patchId/done-by-hand',
    {
      config: { permission: 'operate' },
      schema: { params: PatchId, body: DoneByHandInput, response: { 200: ByHandView } },
    },
    async (request) => {
      const record = await requirePatch(parts, request.params.patchId);
      const { patch } = record;
      if (!isByHand(patch))
        throw new ApiProblem(
          409,
          'Not by hand',
          `${patch.patchId} is installed by Patchline, and the guests’ own evidence tells where: nobody’s word counts for it.`,
        );
      if ((await byHand.entry(patch.patchId)) === null) throw notEntered(patch.patchId);
      const machines = [];
      for (const name of request.body.vms) machines.push(await machineNamed(inventory.fleet, name));
      const word = { by: signedIn(request).name, at: clock.now(), evidence: request.body.evidence };
      for (const { vmId } of machines) await byHand.markDone(patch.patchId, vmId, word);
      await patches.endDemand(
        patch.patchId,
        machines.map((vm) => vm.vmId),
      );
      await spreadNews(parts, patch.patchId, request.log);
      return viewOf(record);
    },
  );

  async function viewOf({ patch }: PatchRecord): Promise<ByHandView> {
    const view = await byHandOf(parts, patch);
    if (view === null) throw notEntered(patch.patchId);
    return view;
  }
}

function notEntered(patchId: string): ApiProblem {
  return new ApiProblem(404, 'Not entered', `Nobody entered ${patchId} by hand: \`patch enter FILE\` does.`);
}

/** The last part of a path, without what a file system or a header would take otherwise. */
function safeName(name: string): string {
  const last = name.split(/[/\\]/).at(-1) ?? '';
  const clean = last.replace(/[\p{Cc}\p{Cf}<>:"|?*]/gu, '_').replace(/^\.+/, '_');
  return clean.trim().slice(0, 200) || 'file';
}

function dispositionOf(name: string): string {
  const plain = name.replace(/[^\w. -]/g, '_');
  return `attachment; filename="${plain}"; filename*=UTF-8''${encodeURIComponent(name).replace(/['()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`)}`;
}
