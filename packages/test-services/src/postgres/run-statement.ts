import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { createAuthentication } from "./answer-authentication.js";
import { cString, errorText, firstColumn, int32, message, messagesOf, startupMessage } from "./wire.js";

const answerLimitMs = 60_000;
const tlsRequest = 80_877_103;

/**
 * Runs one SQL statement over PostgreSQL's own protocol and gives the first column of its rows: tests should not need a
 * client library to have a database. Throws an error with the server's words, without the URL.
 */
export async function runStatement(url: string, statement: string, signal?: AbortSignal): Promise<readonly string[]> {
  const { username, password, pathname, searchParams } = new URL(url);
  const user = decodeURIComponent(username) || "postgres";
  const answerRequest = createAuthentication(user, decodeURIComponent(password));
  let socket = connect({ ...addressOf(url), ...(signal ? { signal } : {}) });
  try {
    limitSilence(socket);
    if (/^(?:require|verify-)/.test(searchParams.get("sslmode") ?? "")) socket = await toTls(socket, new URL(url));
    socket.write(startupMessage(user, decodeURIComponent(pathname.slice(1)) || user));
    const rows: string[] = [];
    let isSent = false;
    for await (const { type, body } of messagesOf(socket)) {
      if (type === "E") throw new Error(errorText(body));
      if (type === "R") {
        const answer = answerRequest(body);
        if (answer) socket.write(answer);
      }
      if (type === "D") rows.push(firstColumn(body) ?? "");
      if (type !== "Z") continue;
      if (isSent) return rows;
      isSent = true;
      socket.write(message("Q", cString(statement)));
    }
    throw new Error("the connection was closed");
  } finally {
    socket.destroy();
  }
}

/** A host may also be the directory of a Unix socket, as in `postgres:///name?host=/run/postgresql`. */
function addressOf(url: string): { readonly path: string } | { readonly host: string; readonly port: number } {
  const { hostname, port, searchParams } = new URL(url);
  const host = searchParams.get("host") ?? decodeURIComponent(hostname).replace(/^\[|\]$/g, "");
  const portNumber = Number(port || 5432);
  return host.startsWith("/")
    ? { path: `${host}/.s.PGSQL.${portNumber}` }
    : { host: host || "localhost", port: portNumber };
}

function limitSilence(socket: Socket): void {
  socket.setTimeout(answerLimitMs, () => socket.destroy(new Error(`no answer within ${answerLimitMs / 1000} s`)));
}

async function toTls(socket: Socket, { hostname, searchParams }: URL): Promise<Socket> {
  socket.write(message("", int32(tlsRequest)));
  const answer = await new Promise<Buffer>((resolve, reject) => {
    socket.once("data", resolve);
    socket.once("error", reject);
    socket.once("close", () => reject(new Error("the connection was closed")));
  });
  if (answer.toString() !== "S") throw new Error("it has no TLS, which sslmode asks for");
  // As in libpq, `require` asks for secrecy only, not for who it is.
  const rejectUnauthorized = searchParams.get("sslmode") !== "require";
  const encrypted = connectTls({ socket, servername: hostname, rejectUnauthorized });
  limitSilence(encrypted);
  return encrypted;
}
