import { runStatement } from "./run-statement.js";

const mayCreate = "SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user";
const answerLimitMs = 10_000;

/** Does a PostgreSQL answer here, and let us make databases? Null when it does, else why not, without the URL. */
export async function checkPostgres(url: string, signal: AbortSignal): Promise<string | null> {
  const limit = AbortSignal.timeout(answerLimitMs);
  try {
    const [answer] = await runStatement(url, mayCreate, AbortSignal.any([signal, limit]));
    return answer === "t" ? null : "its user may not create databases, which each test does (ALTER ROLE … CREATEDB)";
  } catch (error) {
    if (limit.aborted) return `no PostgreSQL answers there (no answer within ${answerLimitMs / 1000} s)`;
    return `no PostgreSQL lets us in there (${error instanceof Error ? error.message : String(error)})`;
  }
}
