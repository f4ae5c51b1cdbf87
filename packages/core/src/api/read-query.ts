import { z } from "zod";
import { AgentBotError } from "../errors/agentbot-error.js";
import type { IncomingRequest } from "../http/incoming-request.js";
import { type OutgoingResponse, type ProblemPart, problemResponse } from "../http/outgoing-response.js";
import type { Page } from "../task/page.js";

/** The parameters of a route's query by name, each parsed from one text. */
export type QueryShape = Readonly<Record<string, z.ZodType<unknown, string>>>;

/** The given parameters. */
export type QueryValues<Shape extends QueryShape> = { readonly [Name in keyof Shape]?: z.output<Shape[Name]> };

/** A parameter with a fixed set of values. */
export function oneOf<Words extends Readonly<Record<string, string>>>(words: z.ZodEnum<Words>) {
  return z.enum(words.enum, { error: `expected one of ${words.options.join(", ")}` });
}

/** A parameter that is free text: a login, a name, words. */
export const textParameter = z
  .string()
  .regex(/^[^\p{Cc}]{1,200}$/u, "expected 1 to 200 characters without control characters")
  .regex(/\S/, "expected more than blanks");

/** A parameter that is a whole number. */
export function wholeNumber(minimum: number, maximum: number) {
  const error = `expected a whole number from ${minimum} to ${maximum}`;
  return z
    .string()
    .regex(/^\d{1,16}$/, error)
    .transform(Number)
    .pipe(z.number().min(minimum, error).max(maximum, error));
}

/** The parameters of every list. */
export const pageParameters = { limit: wholeNumber(1, 200), cursor: textParameter };

/** Reads a query, or answers 400 naming every fault at once. A misspelt filter must not match everything. */
export function readQuery<Shape extends QueryShape>(
  request: IncomingRequest,
  shape: Shape,
): QueryValues<Shape> | OutgoingResponse {
  const { searchParams } = new URL(request.url);
  const errors: ProblemPart[] = [];
  const values: Record<string, unknown> = {};
  for (const name of new Set(searchParams.keys())) {
    const [given = "", ...others] = searchParams.getAll(name);
    const schema = Object.hasOwn(shape, name) ? shape[name] : undefined;
    const parsed = schema?.safeParse(given);
    if (!parsed) errors.push({ name: "?", detail: `unknown; allowed are ${Object.keys(shape).join(", ")}` });
    else if (others.length > 0) errors.push({ name, detail: "given more than once" });
    else if (!parsed.success) errors.push({ name, detail: parsed.error.issues[0]?.message ?? "not allowed" });
    else values[name] = parsed.data;
  }
  return errors.length > 0 ? parameterProblem(errors) : (values as QueryValues<Shape>);
}

/** Reads a page, or answers 400 if the cursor does not come from this list. */
export async function readPage<Item>(read: () => Promise<Page<Item>>): Promise<Page<Item> | OutgoingResponse> {
  try {
    return await read();
  } catch (error) {
    // The limit has been checked: only the cursor can still be wrong.
    if (!AgentBotError.hasCode(error, "CONFIGURATION_INVALID")) throw error;
    const detail = "expected the nextCursor of the page before, unchanged; leave it out for the first page";
    return parameterProblem([{ name: "cursor", detail }]);
  }
}

/** 400 for wrong parameters. */
export function parameterProblem(errors: readonly ProblemPart[]): OutgoingResponse {
  return problemResponse({
    status: 400,
    code: "PARAMETER_INVALID",
    title: "Invalid parameter",
    detail: errors.map(({ name, detail }) => `${name}: ${detail}`).join("; "),
    errors,
  });
}
