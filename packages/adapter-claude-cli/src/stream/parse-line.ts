import { z } from "zod";
import {
  type AssistantLine,
  assistantLineSchema,
  type InitLine,
  initLineSchema,
  type ResultLine,
  type RetryLine,
  refusalLineSchema,
  resultLineSchema,
  retryLineSchema,
  type UserLine,
  userLineSchema,
} from "./line-schemas.js";

/** A parsed line of the stream. `other` is a line of an unused kind; `noise` is not a line of the protocol. */
export type ClaudeLine =
  | { readonly kind: "init"; readonly line: InitLine }
  | { readonly kind: "retry"; readonly line: RetryLine }
  | { readonly kind: "assistant"; readonly line: AssistantLine }
  | { readonly kind: "user"; readonly line: UserLine }
  | { readonly kind: "result"; readonly line: ResultLine }
  | { readonly kind: "refusal" | "other" | "noise" };

const envelopeSchema = z.object({ type: z.string(), subtype: z.unknown().optional() });
/** Maximum number of characters before a line's JSON: a terminal's control sequences, or a byte order mark. */
const maxPrefix = 64;

/** Parses one line of `--output-format stream-json`. Never throws; unknown kinds are tolerated. */
export function parseLine(text: string): ClaudeLine {
  const start = text.indexOf("{");
  const value = parseJson(start > 0 && start <= maxPrefix ? text.slice(start) : text);
  const envelope = envelopeSchema.safeParse(value);
  if (!envelope.success) return { kind: "noise" };
  switch (envelope.data.type) {
    case "assistant":
      return parsedAs("assistant", assistantLineSchema.safeParse(value));
    case "user":
      return parsedAs("user", userLineSchema.safeParse(value));
    case "result":
      return parsedAs("result", resultLineSchema.safeParse(value));
    case "system":
      return parseSystemLine(envelope.data.subtype, value);
    default:
      return { kind: "other" };
  }
}

function parseSystemLine(subtype: unknown, value: unknown): ClaudeLine {
  if (subtype === "init") return parsedAs("init", initLineSchema.safeParse(value));
  if (subtype === "api_retry") return parsedAs("retry", retryLineSchema.safeParse(value));
  if (refusalLineSchema.safeParse(value).success) return { kind: "refusal" };
  return { kind: "other" };
}

function parsedAs<Kind extends string, Line>(
  kind: Kind,
  parsed: z.ZodSafeParseResult<Line>,
): { readonly kind: Kind; readonly line: Line } | { readonly kind: "other" } {
  return parsed.success ? { kind, line: parsed.data } : { kind: "other" };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
