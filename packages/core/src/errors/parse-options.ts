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
  const problems = parsed.error.issues.map((issue) => `${issue.path.join(".") || "options"}: ${issue.message}`);
  throw new AgentBotError("CONFIGURATION_INVALID", `${factory}: ${problems.join("; ")}`, { details: { problems } });
}
