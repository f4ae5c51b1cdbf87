import { createHash } from "node:crypto";
import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";
import { z } from "zod";

/** A request of Git LFS to a repository of a git server. */
export interface LfsRequest {
  /** The bare repository; its objects are kept below `lfs/objects`, by oid. */
  readonly directory: string;
  /** The rest of the path: `objects/batch`, or `objects/<oid>` with an upload, a download or a verification. */
  readonly endpoint: string;
}

const batch = z.object({
  operation: z.enum(["upload", "download"]),
  objects: z.array(z.object({ oid: z.string().regex(/^[0-9a-f]{64}$/), size: z.int().min(0) })),
});

/** Serves the batch API of Git LFS with basic transfers, of objects in files (git-lfs docs/api). */
export async function serveLfs(request: IncomingMessage, response: ServerResponse, lfs: LfsRequest): Promise<void> {
  const body = await bytesOf(request);
  const [, oid] = /^objects\/([0-9a-f]{64})$/.exec(lfs.endpoint) ?? [];
  if (oid === undefined) return await answerBatch(request, response, { ...lfs, body });
  const file = join(lfs.directory, "lfs/objects", oid);
  // A client has to send the headers of its action along.
  if (request.headers["x-lfs-object"] !== oid)
    return answer(response, 403, { message: "The action's header is missing" });
  if (request.method === "GET") return void response.writeHead(200).end(await readFile(file));
  if (request.method === "POST") {
    const isThere = (await sizeOf(file)) === z.object({ size: z.int() }).parse(JSON.parse(body.toString())).size;
    return answer(response, isThere ? 200 : 404, isThere ? {} : { message: "The object was not uploaded" });
  }
  if (createHash("sha256").update(body).digest("hex") !== oid)
    return answer(response, 422, { message: "Wrong content" });
  await mkdir(join(lfs.directory, "lfs/objects"), { recursive: true });
  await writeFile(file, body);
  answer(response, 200, {});
}

async function answerBatch(
  request: IncomingMessage,
  response: ServerResponse,
  { directory, body }: LfsRequest & { readonly body: Buffer },
): Promise<void> {
  const parsed = batch.safeParse(JSON.parse(body.toString()));
  if (!parsed.success) return answer(response, 422, { message: "Not a batch request" });
  const { operation, objects } = parsed.data;
  const base = `http://${request.headers.host}${(request.url ?? "").replace(/batch$/, "")}`;
  const listed = objects.map(async ({ oid, size }) => {
    const isThere = (await sizeOf(join(directory, "lfs/objects", oid))) === size;
    const { authorization = "" } = request.headers;
    const action = { href: `${base}${oid}`, header: { Authorization: authorization, "X-Lfs-Object": oid } };
    if (operation === "upload")
      return { oid, size, ...(isThere ? {} : { actions: { upload: action, verify: action } }) };
    if (isThere) return { oid, size, actions: { download: action } };
    return { oid, size, error: { code: 404, message: "Object does not exist" } };
  });
  answer(response, 200, { transfer: "basic", objects: await Promise.all(listed) });
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/vnd.git-lfs+json" }).end(JSON.stringify(body));
}

async function sizeOf(file: string): Promise<number | null> {
  return stat(file).then(
    ({ size }) => size,
    () => null,
  );
}

async function bytesOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
