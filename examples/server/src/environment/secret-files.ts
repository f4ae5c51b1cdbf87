import { readFileSync } from "node:fs";
import { secretNames } from "./environment-schema.js";

/** The variables of a process, as `process.env` has them. */
export type Variables = Readonly<Record<string, string | undefined>>;

/** The variables with secrets filled in from their files, and the problems of the files. */
export interface VariablesWithSecrets {
  readonly variables: Record<string, string>;
  readonly problems: readonly string[];
}

/** Reads `NAME_FILE` for every secret, the way Docker and Kubernetes pass secrets; drops empty variables. */
export function readSecretFiles(given: Variables): VariablesWithSecrets {
  const variables: Record<string, string> = {};
  for (const [name, value] of Object.entries(given)) {
    if (value !== undefined && value.trim() !== "") variables[name] = value;
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
