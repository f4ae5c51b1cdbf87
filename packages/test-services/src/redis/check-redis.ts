import { connect } from "node:net";
import { connect as connectTls } from "node:tls";

const answerLimitMs = 10_000;

/** Returns null if a Redis answers at the URL and accepts its password, else the reason, without the URL. */
export async function checkRedis(url: string, signal: AbortSignal): Promise<string | null> {
  const { protocol, hostname, port, username, password } = new URL(url);
  const limit = AbortSignal.timeout(answerLimitMs);
  const address = {
    host: hostname.replace(/^\[|\]$/g, ""),
    port: Number(port || 6379),
    signal: AbortSignal.any([signal, limit]),
  };
  const socket = protocol === "rediss:" ? connectTls({ ...address, servername: hostname }) : connect(address);
  const credential = [username, password].filter((word) => word !== "").map(decodeURIComponent);
  try {
    if (password !== "") socket.write(command("AUTH", ...credential));
    socket.write(command("PING"));
    let answer = "";
    const chunks: AsyncIterable<Buffer> = socket;
    for await (const chunk of chunks) {
      answer += chunk.toString("latin1");
      if (answer.includes("+PONG\r\n")) return null;
      const refusal = /^-([^\r\n]*)\r\n/m.exec(answer)?.[1];
      if (refusal !== undefined) return `Redis refuses: ${refusal}`;
      if (!/^[+-]/.test(answer)) break;
    }
    return "the server there is not a Redis";
  } catch (error) {
    if (limit.aborted) return `no Redis answers there (no answer within ${answerLimitMs / 1000} s)`;
    return `no Redis answers there (${error instanceof Error ? error.message : String(error)})`;
  } finally {
    socket.destroy();
  }
}

/** A command of the Redis protocol (RESP). */
function command(...words: readonly string[]): string {
  return `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join("")}`;
}
