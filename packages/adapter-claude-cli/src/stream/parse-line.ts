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

/** A line of the stream, understood. `other` is a line of a kind we don't use; `noise` is no line of the protocol. */
export type ClaudeLine =
  | { readonly kind: "init"; readonly line: InitLine }
  | { readonly kind: "retry"; readonly line: RetryLine }
  | { readonly kind: "assistant"; readonly line: AssistantLine }
  | { readonly kind: "user"; readonly line: UserLine }
  | { readonly kind: "result"; readonly line: ResultLine }
  | { readonly kind: "refusal" | "other" | "noise" };

const envelopeSchema = z.object({ type: z.string(), subtype: z.unknown().optional() });
const byteOrderMark = /^\uFEFF/;

/** Reads one line of `--output-format stream-json`. Never throws: the order of keys and unknown kinds don't matter. */
export function parseLine(text: string): ClaudeLine {
  const value = parseJson(text.replace(byteOrderMark, ""));
  const envelope = envelopeSchema.safeParse(value);
  if (!envelope.success) return { kind: "noise" };
  switch (envelope.data.type) {
    case "assistant":
      return understood("assistant", assistantLineSchema.safeParse(value));
    case "user":
      return understood("user", userLineSchema.safeParse(value));
    case "result":
      return understood("result", resultLineSchema.safeParse(value));
    case "system":
      return parseSystemLine(envelope.data.subtype, value);
    default:
      return { kind: "other" };
  }
}

function parseSystemLine(subtype: unknown, value: unknown): ClaudeLine {
  if (subtype === "init") return understood("init", initLineSchema.safeParse(value));
  if (subtype === "api_retry") return understood("retry", retryLineSchema.safeParse(value));
  if (refusalLineSchema.safeParse(value).success) return { kind: "refusal" };
  return { kind: "other" };
}

function understood<Kind extends string, Line>(
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
