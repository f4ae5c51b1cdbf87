import { readFileSync } from "node:fs";
import { type Environment, environmentSchema, secretNames } from "./environment-schema.js";
import { proxyVariables } from "./outgoing-schema.js";

/** The environment, or every problem it has at once. */
export type EnvironmentResult =
  | { readonly status: "valid"; readonly environment: Environment }
  | { readonly status: "invalid"; readonly problems: readonly string[] };

/** Parses the variables of a process. Problems name the variable, the fault and the fix; never a value. */
export function parseEnvironment(given: Variables): EnvironmentResult {
  const { variables, problems: fileProblems } = readSecretFiles(given);
  const givenNames = chooseProxyVariables(variables);
  const parsed = environmentSchema.safeParse(variables);
  const problems = [...fileProblems];
  if (!parsed.success) {
    const nameOf = (path: string): string => givenNames.get(path) ?? path;
    const found = parsed.error.issues.map(({ path, message }) => `${nameOf(String(path[0]))}: ${message}`);
    problems.push(...new Set(found));
  }
  problems.push(...findConflicts(variables));
  if (problems.length > 0 || !parsed.success) return { status: "invalid", problems };
  return { status: "valid", environment: parsed.data };
}

/** Returns true for a secret whose file is wrong too: its problem is the file, it is not missing as well. */
function isGiven(variables: Readonly<Record<string, string>>, name: string): boolean {
  const isSecret = secretNames.some((secretName) => secretName === name);
  return variables[name] !== undefined || (isSecret && variables[`${name}_FILE`] !== undefined);
}

/** Returns the conflicts between variables that are each valid alone; found even if others are invalid. */
function findConflicts(variables: Readonly<Record<string, string>>): string[] {
  const problems: string[] = [];
  const has = (name: string): boolean => isGiven(variables, name);
  const role = variables["AGENTBOT_ROLE"] ?? "all";
  if ((role === "gateway" || role === "worker") && !has("DATABASE_URL")) {
    problems.push(`DATABASE_URL: needed for AGENTBOT_ROLE=${role}; separate processes share a PostgreSQL database`);
  }
  if (has("DATABASE_URL") && !has("AGENTBOT_ENCRYPTION_KEYS")) {
    problems.push(
      "AGENTBOT_ENCRYPTION_KEYS: needed with DATABASE_URL, the same for every process; make one: " +
        "node -p \"'k1:' + crypto.randomBytes(32).toString('base64')\"",
    );
  }
  const token = variables["AGENTBOT_ADMIN_TOKEN"];
  const least = variables["NODE_ENV"] === "development" ? 8 : 32;
  if (token !== undefined && token.length < least) {
    problems.push(
      `AGENTBOT_ADMIN_TOKEN: must have at least ${least} characters: \`openssl rand -hex 32\` gives a good one`,
    );
  }
  const cli = variables["AGENT_CLI"];
  if (cli === "cursor" || cli === "codex") {
    problems.push(`AGENT_CLI: ${cli} is not supported by this release; use claude`);
  }
  const github = ["GITHUB_APP_ID", "GITHUB_PRIVATE_KEY", "GITHUB_WEBHOOK_SECRET"];
  const missing = github.filter((name) => !has(name));
  if (missing.length > 0 && missing.length < github.length) {
    for (const name of missing) problems.push(`${name}: missing; GitHub is only half configured`);
  }
  return problems;
}

/** Sets each variable of a proxy to the first one that counts for it, and returns the names of those. */
function chooseProxyVariables(variables: Record<string, string>): ReadonlyMap<string, string> {
  const givenNames = new Map<string, string>();
  const chosen: Record<string, string> = {};
  for (const [name, candidates] of Object.entries(proxyVariables)) {
    const givenName = candidates.find((candidate) => variables[candidate] !== undefined);
    if (givenName === undefined) continue;
    givenNames.set(name, givenName);
    chosen[name] = variables[givenName] ?? "";
  }
  Object.assign(variables, chosen);
  return givenNames;
}

/** The variables of a process, as `process.env` has them. */
type Variables = Readonly<Record<string, string | undefined>>;

/** The variables with secrets filled in from their files, and the problems of the files. */
interface VariablesWithSecrets {
  readonly variables: Record<string, string>;
  readonly problems: readonly string[];
}

/**
 * Reads `NAME_FILE` for every secret, the way Docker and Kubernetes pass secrets. Drops empty variables, and the line end
 * that a shell or a file leaves at a value.
 */
function readSecretFiles(given: Variables): VariablesWithSecrets {
  const variables: Record<string, string> = {};
  for (const [name, value] of Object.entries(given)) {
    if (value !== undefined && value.trim() !== "") variables[name] = value.trim();
  }
  const problems: string[] = [];
  for (const name of secretNames) {
    const path = variables[`${name}_FILE`];
    if (path === undefined) continue;
    if (variables[name] !== undefined) {
      problems.push(`${name}: given twice, as ${name} and ${name}_FILE; remove one`);
      continue;
    }
    try {
      const secret = readFileSync(path, "utf8").trim();
      if (secret === "") problems.push(`${name}_FILE: the file is empty`);
      else variables[name] = secret;
    } catch (error) {
      const code = error instanceof Error && "code" in error ? String(error.code) : "unreadable";
      problems.push(`${name}_FILE: the file cannot be read (${code})`);
    }
  }
  return { variables, problems };
}
