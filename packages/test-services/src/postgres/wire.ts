import type { Socket } from "node:net";

/** A message of PostgreSQL's protocol; the type is one letter ("Message Formats" in its manual). */
export interface WireMessage {
  readonly type: string;
  readonly body: Buffer;
}

const protocolVersion = 196_608;

/** A text with the zero byte that ends it. */
export function cString(text: string): Buffer {
  return Buffer.from(`${text}\0`);
}

/** A number of four bytes. */
export function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

/** A message as it is sent. */
export function message(type: string, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  return Buffer.concat([Buffer.from(type), int32(body.length + 4), body]);
}

/** The first message of a connection, which has no type. */
export function startupMessage(user: string, database: string): Buffer {
  return message("", int32(protocolVersion), ...["user", user, "database", database, ""].map(cString));
}

/** What the server sends, a message at a time. */
export async function* messagesOf(socket: Socket): AsyncGenerator<WireMessage> {
  let pending = Buffer.alloc(0);
  const chunks: AsyncIterable<Buffer> = socket;
  for await (const chunk of chunks) {
    pending = Buffer.concat([pending, chunk]);
    if (!/^[A-Zds1-3]/.test(pending.toString("latin1", 0, 1))) throw new Error("what answers there is not PostgreSQL");
    while (pending.length >= 5 && pending.length > pending.readInt32BE(1)) {
      const end = pending.readInt32BE(1) + 1;
      yield { type: pending.toString("latin1", 0, 1), body: pending.subarray(5, end) };
      pending = pending.subarray(end);
    }
  }
}

/** The sentence of an error message, whose fields are a letter and a text each. */
export function errorText(body: Buffer): string {
  const sentence = body
    .toString("utf8")
    .split("\0")
    .find((field) => field.startsWith("M"));
  return sentence?.slice(1) ?? "an error without words";
}

/** The first column of a row, as text; null is null. */
export function firstColumn(body: Buffer): string | null {
  const length = body.readInt32BE(2);
  return length < 0 ? null : body.toString("utf8", 6, 6 + length);
}
