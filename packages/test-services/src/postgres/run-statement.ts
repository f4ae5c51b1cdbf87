import { connect, type Socket } from "node:net";
import { AgentBotError } from "@agentbot/core";

const protocolVersion = 196_608;
const answerLimitMs = 60_000;

/**
 * Runs one SQL statement without parameters on a server that asks for no password, over PostgreSQL's own protocol
 * ("Message Flow" in its manual): tests should not need a client library to have a database.
 *
 * @throws AgentBotError `STORE_UNAVAILABLE` when the server refuses or does not answer.
 */
export async function runStatement(url: string, statement: string): Promise<void> {
  const { hostname, port, username, pathname } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) });
  socket.setTimeout(answerLimitMs, () => socket.destroy(new Error(`no answer within ${answerLimitMs / 1000} s`)));
  try {
    socket.write(startupMessage(username, pathname.slice(1)));
    let isSent = false;
    for await (const { type, body } of messagesOf(socket)) {
      if (type === "E") throw new Error(errorText(body));
      if (type !== "Z") continue;
      if (isSent) return;
      isSent = true;
      socket.write(message("Q", cString(statement)));
    }
    throw new Error("the connection was closed");
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new AgentBotError("STORE_UNAVAILABLE", `PostgreSQL on port ${port}: ${statement}: ${reason}`, {
      cause: error,
    });
  } finally {
    socket.destroy();
  }
}

function cString(text: string): Buffer {
  return Buffer.from(`${text}\0`);
}

function sized(body: Buffer): Buffer {
  const size = Buffer.alloc(4);
  size.writeInt32BE(body.length + 4);
  return Buffer.concat([size, body]);
}

function message(type: string, body: Buffer): Buffer {
  return Buffer.concat([Buffer.from(type), sized(body)]);
}

function startupMessage(user: string, database: string): Buffer {
  const version = Buffer.alloc(4);
  version.writeInt32BE(protocolVersion);
  const words = ["user", user, "database", database].map(cString);
  return sized(Buffer.concat([version, ...words, Buffer.from("\0")]));
}

async function* messagesOf(socket: Socket): AsyncGenerator<{ readonly type: string; readonly body: Buffer }> {
  let pending = Buffer.alloc(0);
  const chunks: AsyncIterable<Buffer> = socket;
  for await (const chunk of chunks) {
    pending = Buffer.concat([pending, chunk]);
    while (pending.length >= 5 && pending.length > pending.readInt32BE(1)) {
      const end = pending.readInt32BE(1) + 1;
      yield { type: String.fromCharCode(pending.readUInt8(0)), body: pending.subarray(5, end) };
      pending = pending.subarray(end);
    }
  }
}

/** The human part of an error: its fields are a letter and a text each. */
function errorText(body: Buffer): string {
  const fields = body.toString("utf8").split("\0");
  return fields.find((field) => field.startsWith("M"))?.slice(1) ?? "an error without words";
}
