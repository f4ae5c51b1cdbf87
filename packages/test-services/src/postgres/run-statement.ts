import { Socket } from "node:net";
import { Client } from "pg";

const statementLimitMs = 60_000;
const checkLimitMs = 10_000;
const mayCreate = "SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user";

/**
 * Runs one SQL statement on a connection of its own and returns the first column of its rows, as text.
 *
 * @throws Error with the server's words, without the URL.
 */
export async function runStatement(url: string, statement: string, signal?: AbortSignal): Promise<readonly string[]> {
  const client = new Client({
    connectionString: withLibpqMeaning(url),
    connectionTimeoutMillis: statementLimitMs,
    query_timeout: statementLimitMs,
    // Aborting the signal destroys the socket, and with it the connection at any stage.
    stream: () => new Socket(signal ? { signal } : {}),
    types: { getTypeParser: () => String },
  });
  // The rejected call reports a lost connection; without a listener the event would end the process.
  client.on("error", () => {});
  try {
    await client.connect();
    const { rows } = await client.query<(string | null)[]>({ text: statement, rowMode: "array" });
    return rows.map(([first]) => first ?? "");
  } finally {
    await client.end().catch(() => {});
  }
}

/** Returns null if a PostgreSQL answers at the URL and lets its user create databases, else the reason, without the URL. */
export async function checkPostgres(url: string, signal: AbortSignal): Promise<string | null> {
  const limit = AbortSignal.timeout(checkLimitMs);
  try {
    const [answer] = await runStatement(url, mayCreate, AbortSignal.any([signal, limit]));
    return answer === "t" ? null : "its user may not create databases, which each test does (ALTER ROLE … CREATEDB)";
  } catch (error) {
    if (limit.aborted) return `no PostgreSQL answers there (no answer within ${checkLimitMs / 1000} s)`;
    return `no PostgreSQL accepts the connection there (${error instanceof Error ? error.message : String(error)})`;
  }
}

/** As in libpq, `sslmode=require` encrypts without verifying the certificate; `pg` alone would verify it. */
function withLibpqMeaning(url: string): string {
  const changed = new URL(url);
  changed.searchParams.set("uselibpqcompat", "true");
  return changed.href;
}
