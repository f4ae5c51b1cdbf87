import type { z } from "zod";
import { AgentBotError } from "./agentbot-error.js";

/**
 * Parses the options of a factory once, at the boundary, and freezes them.
 *
 * @throws AgentBotError `CONFIGURATION_INVALID` naming the factory and every wrong option at once.
 */
export function parseOptions<Schema extends z.ZodType>(
  factory: string,
  schema: Schema,
  options: unknown,
): z.output<Schema> {
  const parsed = schema.safeParse(options);
  if (parsed.success) return Object.freeze(parsed.data) as z.output<Schema>;
  const problems = parsed.error.issues.flatMap(problemsOf);
  throw new AgentBotError("CONFIGURATION_INVALID", `${factory}: ${problems.join("; ")}`, { details: { problems } });
}

/**
 * Checks what a store is given to record.
 *
 * @param what - a noun with its article, for the error
 * @throws AgentBotError `REQUEST_INVALID` naming every wrong field, and never what it holds
 */
export function checkStorable<Schema extends z.ZodType>(
  what: string,
  schema: Schema,
  value: unknown,
): z.output<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => `${path.join(".") || "value"}: ${message}`);
  throw new AgentBotError("REQUEST_INVALID", `${what} cannot be recorded: ${problems.join("; ")}`, {
    details: { problems },
  });
}

type Issue = z.core.$ZodIssue;

/** Returns the problems of an issue, each after the name of its option. */
function problemsOf(issue: Issue): readonly string[] {
  return issuesInside(issue).map(({ path, message }) => `${path.join(".") || "options"}: ${message}`);
}

/**
 * Returns the issues inside a union, whose own message is "Invalid input": those of its one member of the given type, else
 * one with the expectation of each member.
 */
function issuesInside(issue: Issue): readonly Pick<Issue, "path" | "message">[] {
  if (issue.code !== "invalid_union" || issue.errors.length === 0) return [issue];
  const members = issue.errors.filter((issues) => !issues.some(isOfAnotherType));
  if (members.length === 1) {
    const inside = members.flat().flatMap(issuesInside);
    return inside.map(({ path, message }) => ({ path: [...issue.path, ...path], message }));
  }
  const messages = issue.errors
    .flat()
    .flatMap(issuesInside)
    .map(({ message }) => message);
  return [{ path: issue.path, message: [...new Set(messages)].join(", or: ") }];
}

function isOfAnotherType({ code, path }: Issue): boolean {
  return path.length === 0 && (code === "invalid_type" || code === "invalid_value");
}
